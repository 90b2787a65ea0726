package karamon.table;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Writes CarbonData's {@code ByteUtil} anew, for the build: its calls of methods that went with JDK 9 go to
 * {@link UnsafeCompat}. CarbonData swallows the error that they'd end with, and makes the value null: COMPACT then silently
 * loses timestamps and the numbers of sort columns.
 */
public final class PatchByteUtil {
    private static final String PATCHED = "org/apache/carbondata/core/util/ByteUtil.class";

    /** Each call that is known, and how often. */
    private static final Map<String, Integer> KNOWN = Map.of("getInt", 2, "getLong", 2, "getShort", 2, "putInt", 1);

    private PatchByteUtil() {}

    /**
     * Writes the class into a folder, the only argument; ends with 1 when what is met isn't exactly what is known.
     *
     * @param arguments the folder of the classes that come before CarbonData's jar
     */
    public static void main(String[] arguments) throws IOException {
        Map<String, Integer> met = new TreeMap<>();
        byte[] patched = patch(original(), met);
        if (!met.equals(KNOWN)) {
            System.err.println("ByteUtil of this carbondata-core has the calls " + met + " to redirect, expected "
                    + new TreeMap<>(KNOWN) + ": look at what changed before you use this version");
            System.exit(1);
        }
        Path target = Path.of(arguments[0]).resolve(PATCHED);
        Files.createDirectories(target.getParent());
        Files.write(target, patched);
    }

    /** Returns a class with its calls redirected, and counts them by their names in {@code met}. */
    static byte[] patch(byte[] original, Map<String, Integer> met) {
        ClassWriter writer = new ClassWriter(0);
        new ClassReader(original).accept(new Redirect(writer, met), 0);
        return writer.toByteArray();
    }

    // The jar's own, also where an earlier build's stands before it.
    private static byte[] original() throws IOException {
        var found = PatchByteUtil.class.getClassLoader().getResources(PATCHED);
        while (found.hasMoreElements()) {
            var url = found.nextElement();
            if (url.getProtocol().equals("jar")) {
                try (InputStream in = url.openStream()) {
                    return in.readAllBytes();
                }
            }
        }
        throw new IOException("No " + PATCHED + " in a jar of the class path: carbondata-core is missing");
    }

    private static final class Redirect extends ClassVisitor {
        private final Map<String, Integer> met;

        Redirect(ClassWriter writer, Map<String, Integer> met) {
            super(Opcodes.ASM9, writer);
            this.met = met;
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
            MethodVisitor next = super.visitMethod(access, name, descriptor, signature, exceptions);
            return new MethodVisitor(Opcodes.ASM9, next) {
                @Override
                public void visitMethodInsn(int opcode, String owner, String called, String type, boolean isInterface) {
                    if (owner.equals("sun/misc/Unsafe") && type.startsWith("(Ljava/lang/Object;I")) {
                        met.merge(called, 1, Integer::sum);
                        super.visitMethodInsn(Opcodes.INVOKESTATIC, "karamon/table/UnsafeCompat", called,
                                "(Ljava/lang/Object;" + type.substring(1), false);
                    } else {
                        super.visitMethodInsn(opcode, owner, called, type, isInterface);
                    }
                }
            };
        }
    }
}
