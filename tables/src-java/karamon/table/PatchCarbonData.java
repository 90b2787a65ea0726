package karamon.table;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Writes two classes of CarbonData anew, for the build, with some of their calls going to {@link Instead}.
 *
 * <p>{@code ByteUtil} calls methods that went with JDK 9. CarbonData swallows the error that they end with, and makes the value
 * null: COMPACT then silently loses timestamps and the numbers of sort columns. {@code LocalCarbonFile} deletes a file before it
 * puts another in its place: in between a table reads as empty.
 */
public final class PatchCarbonData {

    /** A class to patch: the methods in which a call counts, the calls by owner and descriptor, and how often each is known. */
    private record Patch(String name, BiPredicate<String, Call> wanted, Map<String, Integer> known) {
        String file() {
            return name + ".class";
        }
    }

    private record Call(String owner, String type) {}

    private static final List<Patch> PATCHES = List.of(
            new Patch("org/apache/carbondata/core/util/ByteUtil",
                    (method, call) -> call.owner.equals("sun/misc/Unsafe") && call.type.startsWith("(Ljava/lang/Object;I"),
                    Map.of("getInt", 2, "getLong", 2, "getShort", 2, "putInt", 1)),
            new Patch("org/apache/carbondata/core/datastore/filesystem/LocalCarbonFile",
                    (method, call) -> method.equals("renameForce") && call.owner.equals("java/io/File")
                            && (call.type.equals("()Z") || call.type.equals("(Ljava/io/File;)Z")),
                    Map.of("delete", 1, "renameTo", 2)));

    private PatchCarbonData() {}

    /**
     * Writes the classes into a folder, the only argument; ends with 1 when what is met isn't exactly what is known.
     *
     * @param arguments the folder of the classes that come before CarbonData's jar
     */
    public static void main(String[] arguments) throws IOException {
        for (Patch patch : PATCHES) {
            Map<String, Integer> met = new TreeMap<>();
            byte[] patched = patched(patch, met);
            if (!met.equals(patch.known)) {
                System.err.println(patch.name + " of this carbondata-core has the calls " + met + " to redirect, expected "
                        + new TreeMap<>(patch.known) + ": look at what changed before you use this version");
                System.exit(1);
            }
            Path target = Path.of(arguments[0]).resolve(patch.file());
            Files.createDirectories(target.getParent());
            Files.write(target, patched);
        }
    }

    private static byte[] patched(Patch patch, Map<String, Integer> met) throws IOException {
        ClassWriter writer = new ClassWriter(0);
        new ClassReader(original(patch.file())).accept(new Redirect(writer, patch, met), 0);
        return writer.toByteArray();
    }

    // The jar's own, also where an earlier build's stands before it.
    private static byte[] original(String file) throws IOException {
        var found = PatchCarbonData.class.getClassLoader().getResources(file);
        while (found.hasMoreElements()) {
            var url = found.nextElement();
            if (url.getProtocol().equals("jar")) {
                try (InputStream in = url.openStream()) {
                    return in.readAllBytes();
                }
            }
        }
        throw new IOException("No " + file + " in a jar of the class path: carbondata-core is missing");
    }

    private static final class Redirect extends ClassVisitor {
        private final Patch patch;
        private final Map<String, Integer> met;

        Redirect(ClassWriter writer, Patch patch, Map<String, Integer> met) {
            super(Opcodes.ASM9, writer);
            this.patch = patch;
            this.met = met;
        }

        @Override
        public MethodVisitor visitMethod(int access, String method, String descriptor, String signature, String[] exceptions) {
            MethodVisitor next = super.visitMethod(access, method, descriptor, signature, exceptions);
            return new MethodVisitor(Opcodes.ASM9, next) {
                @Override
                public void visitMethodInsn(int opcode, String owner, String called, String type, boolean isInterface) {
                    // File.exists() is of the same type: what isn't known by its name stays.
                    if (patch.wanted.test(method, new Call(owner, type)) && !called.equals("exists")) {
                        met.merge(called, 1, Integer::sum);
                        String first = owner.equals("java/io/File") ? "(Ljava/io/File;" : "(Ljava/lang/Object;";
                        super.visitMethodInsn(Opcodes.INVOKESTATIC, "karamon/table/Instead", called, first + type.substring(1), false);
                    } else {
                        super.visitMethodInsn(opcode, owner, called, type, isInterface);
                    }
                }
            };
        }
    }
}
