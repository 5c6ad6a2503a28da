package app.gasket.emulation;

import com.github.unidbg.AndroidEmulator;
import com.github.unidbg.Emulator;
import com.github.unidbg.Module;
import com.github.unidbg.Svc;
import com.github.unidbg.Symbol;
import com.github.unidbg.arm.Arm64Svc;
import com.github.unidbg.arm.ArmSvc;
import com.github.unidbg.arm.backend.Unicorn2Factory;
import com.github.unidbg.arm.context.RegisterContext;
import com.github.unidbg.linux.android.AndroidEmulatorBuilder;
import com.github.unidbg.linux.android.AndroidResolver;
import com.github.unidbg.linux.android.dvm.DvmClass;
import com.github.unidbg.linux.android.dvm.DvmObject;
import com.github.unidbg.linux.android.dvm.StringObject;
import com.github.unidbg.linux.android.dvm.VM;
import com.github.unidbg.linux.android.dvm.array.ByteArray;
import com.github.unidbg.linux.android.dvm.jni.ProxyClassFactory;
import com.github.unidbg.pointer.UnidbgPointer;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * Loads the phone's library into an emulated ARM processor with the libraries of Android 6, and calls
 * it, first as it is shipped, then with its probes: {@code Emulation 32|64 SHIPPED PROBED VERSION}. The emulator's kernel is a sketch (no epoll, no eventfd), so
 * no engine runs in it; what does is the library's own code, its start, its unwinding, its log.
 */
public final class Emulation {
    private static final String CONFIG = "{\"version\": 1, \"resolver_addresses\": [\"10.111.222.2\"],"
            + " \"blocked_names\": [\"tracker.example\"]}";

    private final VM vm;
    private final AndroidEmulator emulator;
    private final Module module;
    private final DvmClass nativeClass;
    private final DvmClass probeClass;
    private Object thrown;

    private Emulation(boolean wide, File library) {
        AndroidEmulatorBuilder builder =
                wide ? AndroidEmulatorBuilder.for64Bit() : AndroidEmulatorBuilder.for32Bit();
        builder.addBackendFactory(new Unicorn2Factory(true));
        emulator = builder.setProcessName("app.gasket").build();
        emulator.getSyscallHandler().setEnableThreadDispatcher(true);
        emulator.getMemory().setLibraryResolver(new AndroidResolver(23));
        vm = emulator.createDalvikVM();
        vm.setDvmClassFactory(new ProxyClassFactory());
        module = vm.loadLibrary(library, true).getModule();
        answer(11, this::isAssignableFrom);
        answer(13, this::throwIt);
        nativeClass = vm.resolveClass("app/gasket/bridge/Native");
        probeClass = vm.resolveClass("app/gasket/bridge/Probe");
    }

    /**
     * Has function {@code slot} of the JNI (its chapter 4) answered here: the emulator lacks some, and
     * forgets what was thrown when the call returns.
     */
    private void answer(int slot, ToLongFunction<RegisterContext> function) {
        Svc svc = emulator.is64Bit()
                ? new Arm64Svc() {
                    @Override
                    public long handle(Emulator<?> emulator) {
                        return function.applyAsLong(emulator.getContext());
                    }
                }
                : new ArmSvc() {
                    @Override
                    public long handle(Emulator<?> emulator) {
                        return function.applyAsLong(emulator.getContext());
                    }
                };
        UnidbgPointer functions = ((UnidbgPointer) vm.getJNIEnv()).getPointer(0);
        functions.setPointer((long) slot * emulator.getPointerSize(), emulator.getSvcMemory().registerSvc(svc));
    }

    private long isAssignableFrom(RegisterContext registers) {
        DvmClass from = vm.getObject(registers.getIntArg(1));
        DvmClass to = vm.getObject(registers.getIntArg(2));
        try {
            boolean holds = Class.forName(to.getName()).isAssignableFrom(Class.forName(from.getName()));
            return holds ? VM.JNI_TRUE : VM.JNI_FALSE;
        } catch (ClassNotFoundException unknown) {
            throw new AssertionError(unknown);
        }
    }

    private long throwIt(RegisterContext registers) {
        DvmObject<?> exception = vm.getObject(registers.getIntArg(1));
        thrown = exception.getValue();
        vm.throwException(exception);
        return VM.JNI_OK;
    }

    /**
     * The method of {@code type} with this signature, found by the long name of the JNI specification,
     * which a real VM tries second and the emulator not at all.
     */
    private String bound(DvmClass type, String method) throws Exception {
        int open = method.indexOf('(');
        String arguments = method.substring(open + 1, method.indexOf(')'));
        String name = "Java_" + type.getClassName().replace('/', '_') + "_" + method.substring(0, open) + "__"
                + arguments.replace("_", "_1").replace(";", "_2").replace("[", "_3").replace('/', '_');
        Symbol symbol = module.findSymbolByName(name, false);
        check(symbol != null, "the library does not export " + name);
        Field natives = DvmClass.class.getDeclaredField("nativesMap");
        natives.setAccessible(true);
        @SuppressWarnings("unchecked")
        Map<String, UnidbgPointer> methods = (Map<String, UnidbgPointer>) natives.get(type);
        methods.put(method, UnidbgPointer.pointer(emulator, symbol.getAddress()));
        return method;
    }

    private void call(DvmClass type, String method, Object... arguments) throws Exception {
        thrown = null;
        type.callStaticJniMethod(emulator, bound(type, method), arguments);
    }

    private DvmObject<?> ask(DvmClass type, String method, Object... arguments) throws Exception {
        thrown = null;
        return type.callStaticJniMethodObject(emulator, bound(type, method), arguments);
    }

    public static void main(String[] arguments) throws Exception {
        boolean wide = arguments[0].equals("64");
        Emulation shipped = new Emulation(wide, new File(arguments[1]));
        shipped.saysItsVersion(arguments[3]);
        shipped.refusesWhatIsWrong();
        shipped.emulator.close();
        Emulation probed = new Emulation(wide, new File(arguments[2]));
        probed.readsConfigs();
        probed.judges();
        probed.catchesPanics();
        probed.saysItsVersion(arguments[3]);
        System.out.println("held: " + arguments[0] + " bits");
        System.exit(0);
    }

    private void refusesWhatIsWrong() throws Exception {
        call(nativeClass, "initLogging(I)V", 9);
        threw(IllegalArgumentException.class, "0 (off) to 5 (trace)");
        call(nativeClass, "initLogging(I)V", 4);
        threwNothing();
        call(nativeClass, "setConfig(JLjava/lang/String;)V", 7L, new StringObject(vm, CONFIG));
        threw(IllegalStateException.class, "there is no engine 7");
        call(nativeClass, "stop(J)V", 7L);
        threwNothing();
    }

    private void saysItsVersion(String expected) throws Exception {
        DvmObject<?> version = ask(nativeClass, "version()Ljava/lang/String;");
        check(expected.equals(version.getValue()), "version " + version.getValue());
    }

    private void readsConfigs() throws Exception {
        check(events(CONFIG, question("harmless.example")) != null, "a good config is refused");
        threwNothing();
        check(events("{\"version\": 1,\n\"mtu\": 12}", question("harmless.example")) == null, "a bad config is taken");
        threw(IllegalArgumentException.class, "config line 2, column 9, key \"mtu\"");
    }

    private void judges() throws Exception {
        String blocked = events(CONFIG, question("www.tracker.example"));
        check(blocked.contains("\"verdict\":\"block\""), "a blocked name: " + blocked);
        check(blocked.contains("\"name\":\"www.tracker.example\""), "a blocked name: " + blocked);
        String harmless = events(CONFIG, question("harmless.example"));
        check(!harmless.contains("\"verdict\":\"block\""), "a harmless name: " + harmless);
    }

    private void catchesPanics() throws Exception {
        for (int time = 0; time < 3; time++) {
            call(probeClass, "panicHere()V");
            threw(IllegalStateException.class, "asked for at the boundary");
        }
    }

    private String events(String config, byte[] packet) throws Exception {
        DvmObject<?> events = ask(
                probeClass,
                "eventsOf(Ljava/lang/String;[B)[B",
                new StringObject(vm, config),
                new ByteArray(vm, packet));
        return events == null ? null : new String((byte[]) events.getValue(), StandardCharsets.UTF_8);
    }

    /** The latest call threw this. */
    private void threw(Class<? extends Exception> kind, String message) {
        check(kind.isInstance(thrown), "expected " + kind + ", not " + thrown);
        check(((Exception) thrown).getMessage().contains(message), "another message: " + thrown);
    }

    private void threwNothing() {
        check(thrown == null, "it threw " + thrown);
    }

    /** An IPv4 packet of an app with a DNS question for {@code name} to Gasket's resolver. */
    private static byte[] question(String name) {
        ByteArrayOutputStream dns = new ByteArrayOutputStream();
        dns.writeBytes(new byte[] {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
        for (String label : name.split("\\.")) {
            dns.write(label.length());
            dns.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
        }
        dns.writeBytes(new byte[] {0, 0, 1, 0, 1});
        int length = 28 + dns.size();
        ByteBuffer packet = ByteBuffer.allocate(length);
        packet.put(new byte[] {0x45, 0}).putShort((short) length).putInt(0);
        packet.put(new byte[] {64, 17}).putShort((short) 0);
        packet.put(new byte[] {10, 111, (byte) 222, 1, 10, 111, (byte) 222, 2});
        packet.putShort(10, headerChecksum(packet.array()));
        packet.putShort((short) 40000).putShort((short) 53);
        // A UDP checksum of zero means none (RFC 768).
        packet.putShort((short) (8 + dns.size())).putShort((short) 0);
        return packet.put(dns.toByteArray()).array();
    }

    /** RFC 1071 over the first 20 bytes. */
    private static short headerChecksum(byte[] packet) {
        int sum = 0;
        for (int at = 0; at < 20; at += 2) {
            sum += (packet[at] & 0xff) << 8 | packet[at + 1] & 0xff;
        }
        return (short) ~((sum & 0xffff) + (sum >> 16));
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
