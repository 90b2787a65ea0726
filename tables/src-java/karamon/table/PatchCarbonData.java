package karamon.table;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Rewrites classes of CarbonData for the build: redirects some of their calls to {@link Instead}, and has {@link CheckedOutput}
 * write files, and {@link FractionFormat} read timestamps.
 *
 * <p>{@code ByteUtil} calls methods that JDK 9 removed. CarbonData swallows the resulting error and sets the value to null, so
 * COMPACT silently loses timestamps and the numbers of sort columns. {@code LocalCarbonFile} deletes a file before it replaces
 * it: in between, a table reads as empty. {@code CarbonUtil} swallows the errors of closing a file, which are those of writing
 * its last bytes: a full disk leaves a table without its list of segments. {@code CarbonThreadFactory} makes threads that may wait
 * forever after a failed LOAD: the process doesn't end. {@code CarbonTablePath} finds an unfinished file of the schema: a table can't
 * be read after an ALTER that failed. {@code PrimitiveQueryType} returns the marker for null as the number of a null struct's field.
 * {@code DataTypeUtil} and the generators of timestamps set decimals that are too large to null, and cut timestamps to seconds.
 * {@code DistributionUtil} limits a session on a cluster to fewer executors than it has.
 */
public final class PatchCarbonData {

    /** A class to patch: which calls in which methods to redirect, and the expected number of calls by the called method. */
    private record Patch(String name, BiPredicate<String, Call> wanted, Map<String, Integer> known) {
        String file() {
            return name + ".class";
        }

        /** Returns the type of which new objects are to be, instead of this one. */
        String made(String type) {
            return known.containsKey(type) ? MADE.getOrDefault(type, type) : type;
        }
    }

    /** The methods of DataTypeUtil that read a decimal to write it to a table. */
    private static final Set<String> WRITTEN = Set.of("getMeasureValueBasedOnDataType", "getNoDictionaryValueBasedOnDataType");

    private record Call(String owner, String type) {}

    /** Types of the JDK, and ours of which new objects are to be instead, in patches that know the type. */
    private static final Map<String, String> MADE = Map.of(
            "java/io/FileOutputStream", "karamon/table/CheckedOutput",
            "java/text/SimpleDateFormat", "karamon/table/FractionFormat");

    private static final BiPredicate<String, Call> NO_CALL = (method, call) -> false;

    private static final String CORE = "org/apache/carbondata/core/";

    private static final List<Patch> PATCHES = List.of(
            new Patch(CORE + "util/ByteUtil",
                    (method, call) -> call.owner.equals("sun/misc/Unsafe") && call.type.startsWith("(Ljava/lang/Object;I"),
                    Map.of("getInt", 2, "getLong", 2, "getShort", 2, "putInt", 1)),
            new Patch(CORE + "datastore/filesystem/LocalCarbonFile",
                    (method, call) -> method.equals("renameForce") && call.owner.equals("java/io/File")
                            && (call.type.equals("()Z") || call.type.equals("(Ljava/io/File;)Z")),
                    Map.of("delete", 1, "renameTo", 2, "java/io/FileOutputStream", 11)),
            new Patch(CORE + "util/CarbonUtil",
                    (method, call) -> method.equals("closeStreams") && call.type.equals("(Ljava/io/Closeable;)V"),
                    Map.of("closeStream", 1)),
            new Patch(CORE + "util/CarbonThreadFactory",
                    (method, call) -> call.owner.equals("java/util/concurrent/ThreadFactory"),
                    Map.of("newThread", 1)),
            new Patch(CORE + "util/path/CarbonTablePath$1",
                    (method, call) -> method.equals("accept") && call.owner.equals("java/lang/String")
                            && call.type.equals("(Ljava/lang/String;)Z"),
                    Map.of("startsWith", 1)),
            new Patch(CORE + "scan/complextypes/PrimitiveQueryType",
                    (method, call) -> method.equals("getDataBasedOnColumn") && call.owner.equals("java/nio/ByteBuffer")
                            && call.type.equals("()Z"),
                    Map.of("hasRemaining", 1)),
            new Patch(CORE + "util/DataTypeUtil",
                    (method, call) -> WRITTEN.contains(method)
                            && call.type.equals("(Ljava/math/BigDecimal;I)Ljava/math/BigDecimal;")
                            || method.equals("parseTimestamp") && call.type.equals("(Ljava/lang/String;Ljava/lang/String;)J"),
                    Map.of("normalizeDecimalValue", 2, "createTimeInstant", 1, "java/text/SimpleDateFormat", 2)),
            new Patch(CORE + "util/DataTypeUtil$1", NO_CALL, Map.of("java/text/SimpleDateFormat", 1)),
            new Patch(CORE + "keygenerator/directdictionary/timestamp/TimeStampDirectDictionaryGenerator", NO_CALL,
                    Map.of("java/text/SimpleDateFormat", 1)),
            new Patch(CORE + "keygenerator/directdictionary/timestamp/DateDirectDictionaryGenerator", NO_CALL,
                    Map.of("java/text/SimpleDateFormat", 2)),
            new Patch(CORE + "keygenerator/directdictionary/timestamp/AbstractDirectDictionaryGenerator", NO_CALL,
                    Map.of("java/text/SimpleDateFormat", 1)),
            new Patch("org/apache/spark/sql/hive/DistributionUtil$",
                    (method, call) -> method.equals("ensureExecutors") && call.owner.equals("org/apache/spark/SparkContext")
                            && call.type.equals("(IILscala/collection/immutable/Map;)Z"),
                    Map.of("requestTotalExecutors", 1)));

    private PatchCarbonData() {}

    /**
     * Writes the classes into a folder, the only argument. Exits with 1 if the calls found aren't exactly the known ones.
     *
     * @param arguments the folder for the classes, which comes before CarbonData's jar on the class path
     */
    public static void main(String[] arguments) throws IOException {
        for (Patch patch : PATCHES) {
            Map<String, Integer> found = new TreeMap<>();
            byte[] patched = patched(patch, found);
            if (!found.equals(patch.known)) {
                System.err.println(patch.name + " of this CarbonData has the calls " + found + " to redirect, expected "
                        + new TreeMap<>(patch.known) + ": review the changes before using this version");
                System.exit(1);
            }
            Path target = Path.of(arguments[0]).resolve(patch.file());
            Files.createDirectories(target.getParent());
            Files.write(target, patched);
        }
    }

    private static byte[] patched(Patch patch, Map<String, Integer> found) throws IOException {
        ClassWriter writer = new ClassWriter(0);
        new ClassReader(original(patch.file())).accept(new Redirect(writer, patch, found), 0);
        return writer.toByteArray();
    }

    // The class in the jar, even if an earlier build's comes before it on the class path.
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
        throw new IOException("No " + file + " in any jar on the class path: CarbonData's jar is missing");
    }

    private static final class Redirect extends ClassVisitor {
        private final Patch patch;
        private final Map<String, Integer> found;

        Redirect(ClassWriter writer, Patch patch, Map<String, Integer> found) {
            super(Opcodes.ASM9, writer);
            this.patch = patch;
            this.found = found;
        }

        @Override
        public MethodVisitor visitMethod(int access, String method, String descriptor, String signature, String[] exceptions) {
            MethodVisitor next = super.visitMethod(access, method, descriptor, signature, exceptions);
            return new MethodVisitor(Opcodes.ASM9, next) {
                @Override
                public void visitTypeInsn(int opcode, String type) {
                    super.visitTypeInsn(opcode, opcode == Opcodes.NEW ? patch.made(type) : type);
                }

                @Override
                public void visitMethodInsn(int opcode, String owner, String called, String type, boolean isInterface) {
                    if (called.equals("<init>") && !patch.made(owner).equals(owner)) {
                        found.merge(owner, 1, Integer::sum);
                        super.visitMethodInsn(opcode, patch.made(owner), called, type, isInterface);
                    } else if (patch.wanted.test(method, new Call(owner, type)) && !called.equals("exists")) {
                        // File.exists() has the type of those redirected, but isn't.
                        found.merge(called, 1, Integer::sum);
                        String first = opcode == Opcodes.INVOKESTATIC ? "("
                                : owner.startsWith("java/") ? "(L" + owner + ";" : "(Ljava/lang/Object;";
                        super.visitMethodInsn(Opcodes.INVOKESTATIC, "karamon/table/Instead", called, first + type.substring(1), false);
                    } else {
                        super.visitMethodInsn(opcode, owner, called, type, isInterface);
                    }
                }
            };
        }
    }
}
