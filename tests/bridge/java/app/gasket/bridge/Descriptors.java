package app.gasket.bridge;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** File descriptors as plain numbers, as {@code ParcelFileDescriptor.detachFd} gives them. */
final class Descriptors {
    private static final Path OPEN = Path.of("/proc/self/fd");

    private Descriptors() {}

    /** A descriptor that stays silent: both ends of a pipe with a name. */
    static int silent(Path pipe) throws Exception {
        if (!Files.exists(pipe)) {
            new ProcessBuilder("mkfifo", pipe.toString()).inheritIO().start().waitFor();
        }
        return detach(pipe, "rw");
    }

    /** Opens {@code path} and forgets that Java owns it. */
    static int detach(Path path, String mode) throws Exception {
        FileDescriptor descriptor = new RandomAccessFile(path.toFile(), mode).getFD();
        Field number = FileDescriptor.class.getDeclaredField("fd");
        number.setAccessible(true);
        int fd = number.getInt(descriptor);
        number.setInt(descriptor, -1);
        // Else the collector closes it, whoever has it by then.
        Method forget = FileDescriptor.class.getDeclaredMethod("unregisterCleanup");
        forget.setAccessible(true);
        forget.invoke(descriptor);
        return fd;
    }

    /** How many descriptors of this process are open on {@code path}. */
    static int openOn(Path path) {
        int count = 0;
        try (DirectoryStream<Path> links = Files.newDirectoryStream(OPEN)) {
            for (Path link : links) {
                if (path.equals(target(link))) {
                    count++;
                }
            }
        } catch (IOException error) {
            throw new IllegalStateException(error);
        }
        return count;
    }

    static boolean isOpen(int fd) {
        return target(OPEN.resolve(Integer.toString(fd))) != null;
    }

    private static Path target(Path link) {
        try {
            return Files.readSymbolicLink(link);
        } catch (IOException gone) {
            return null;
        }
    }
}
