import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/** Loads and links, so verifies, every class of a jar; classes that only miss what is named after it are let pass. */
public final class LoadAll {
    private LoadAll() {}

    public static void main(String[] arguments) throws Exception {
        List<String> known = Arrays.asList(arguments).subList(1, arguments.length);
        List<String> bad = new ArrayList<>();
        int verified = 0;
        int passed = 0;
        try (JarFile jar = new JarFile(arguments[0])) {
            for (JarEntry entry : (Iterable<JarEntry>) jar.stream()::iterator) {
                String name = entry.getName();
                if (!name.endsWith(".class") || name.startsWith("META-INF/")) {
                    continue;
                }
                String className = name.substring(0, name.length() - 6).replace('/', '.');
                try {
                    // Asking for its methods links a class without initialising it.
                    Class.forName(className, false, LoadAll.class.getClassLoader())
                            .getDeclaredMethods();
                    verified++;
                } catch (LinkageError error) {
                    String missing = String.valueOf(error.getMessage()).replace('.', '/');
                    if (error instanceof NoClassDefFoundError
                            && known.stream().anyMatch(missing::startsWith)) {
                        passed++;
                    } else {
                        bad.add(className + ": " + error);
                    }
                }
            }
        }
        bad.forEach(System.out::println);
        System.out.println(verified + " classes verified, " + passed + " let pass");
        System.exit(bad.isEmpty() && verified > 0 ? 0 : 1);
    }
}
