package karamon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import karamon.json.JsonReader;
import karamon.json.Keys;

/** Our sample events with changes of their values and of their bytes. The same seed and number make the same event. */
final class FuzzEvents {
    // In this heap eight handlers can hold and print so much at once.
    private static final int MAX_BYTES = 512 * 1024;
    private static final byte[][] BYTES = {
        {(byte) 0xff}, {(byte) 0xc0, (byte) 0x80}, {(byte) 0xed, (byte) 0xa0, (byte) 0x80},
        {(byte) 0xf4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
        {0}, {1}, {'"'}, {'{'}, {'}'}, {'['}, {']'}, {','}, {':'}, {'\\'}, {(byte) 0xef, (byte) 0xbb, (byte) 0xbf},
        {'n', 'u', 'l', 'l'}, {'-'}, {'/', '/'},
    };

    private final long seed;
    private final List<FuzzNode> samples;

    /**
     * Reads the samples.
     *
     * @param preferred a regular expression that finds the names of the samples that four of five events are made of
     */
    FuzzEvents(long seed, String preferred) throws IOException {
        this.seed = seed;
        List<FuzzNode> often = new ArrayList<>();
        List<FuzzNode> all = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("test/resources/events"))) {
            for (Path file : files.filter(path -> path.toString().endsWith(".json")).sorted().toList()) {
                FuzzNode sample = FuzzNode.of(null, JsonReader.read(Files.readAllBytes(file), Keys.STRINGS));
                all.add(sample);
                if (file.getFileName().toString().matches(preferred)) {
                    often.add(sample);
                }
            }
        }
        samples = new ArrayList<>(all);
        for (int i = 0; i < 4 * all.size(); i++) {
            samples.add(often.get(i % often.size()));
        }
    }

    byte[] event(long number) {
        SplittableRandom random = new SplittableRandom(seed * 0x5851F42D4C957F2DL + number);
        FuzzNode root = sample(random).as(null);
        for (int i = random.nextInt(3); i >= 0; i--) {
            change(root, random, new FuzzTexts(random));
        }
        StringBuilder json = new StringBuilder();
        root.write(json);
        byte[] bytes = json.toString().getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(4) == 0 ? random.nextInt(4) : 0; i > 0; i--) {
            bytes = changed(bytes, random);
        }
        return bytes.length > MAX_BYTES ? Arrays.copyOf(bytes, MAX_BYTES) : bytes;
    }

    private FuzzNode sample(SplittableRandom random) {
        return samples.get(random.nextInt(samples.size()));
    }

    private void change(FuzzNode root, SplittableRandom random, FuzzTexts texts) {
        FuzzNode node = any(root, random);
        switch (random.nextInt(16)) {
            case 0 -> node.become(texts.literal());
            case 1 -> node.become(texts.number());
            case 2 -> node.become(texts.string());
            case 3 -> node.become(texts.base64());
            case 4 -> node.become(texts.attribute());
            case 5 -> node.become(texts.nested());
            case 6 -> node.become(texts.many());
            case 7 -> node.become(texts.json());
            case 8 -> node.name = texts.name();
            case 9 -> node.name = any(root, random).name;
            case 10 -> node.object = !node.object;
            case 11 -> graft(node, any(sample(random), random));
            case 12 -> graft(node, any(root, random));
            case 13 -> remove(node, random);
            case 14 -> repeat(node, random, texts);
            default -> add(node, FuzzNode.of(
                    texts.name(), texts.pick(texts.string(), texts.literal(), texts.number(), texts.nested())));
        }
    }

    // A container in every third change: they are fewer, and more depends on them. The root seldom: little is left without it.
    private static FuzzNode any(FuzzNode root, SplittableRandom random) {
        List<FuzzNode> nodes = new ArrayList<>();
        root.collect(nodes);
        if (random.nextInt(20) > 0) {
            nodes.remove(0);
        }
        if (random.nextInt(3) == 0) {
            nodes.removeIf(node -> node.children == null);
        }
        return nodes.isEmpty() ? root : nodes.get(random.nextInt(nodes.size()));
    }

    private static void graft(FuzzNode node, FuzzNode other) {
        FuzzNode copy = other.as(null);
        node.text = copy.text;
        node.object = copy.object;
        node.children = copy.children;
    }

    private static void remove(FuzzNode node, SplittableRandom random) {
        if (node.children != null && !node.children.isEmpty()) {
            node.children.remove(random.nextInt(node.children.size()));
        }
    }

    // Under the same name, a name that collides with it, or any other.
    private static void repeat(FuzzNode node, SplittableRandom random, FuzzTexts texts) {
        if (node.children != null && !node.children.isEmpty()) {
            FuzzNode child = node.children.get(random.nextInt(node.children.size()));
            String old = child.name;
            String name = old == null
                    ? null : texts.pick(old, old.toUpperCase(Locale.ROOT), old.toLowerCase(Locale.ROOT), texts.name());
            for (int i = random.nextInt(30) == 0 ? 12 : 1; i > 0; i--) {
                node.children.add(child.as(name));
            }
        }
    }

    private static void add(FuzzNode node, FuzzNode child) {
        if (node.children != null) {
            node.children.add(child);
        }
    }

    private static byte[] changed(byte[] bytes, SplittableRandom random) {
        int from = random.nextInt(bytes.length + 1);
        int to = Math.min(bytes.length, from + random.nextInt(20));
        byte[] part = Arrays.copyOfRange(bytes, from, to);
        return switch (random.nextInt(8)) {
            case 0 -> Arrays.copyOf(bytes, from);
            case 1 -> random.nextInt(20) == 0 ? new byte[0] : joined(bytes, from, new byte[0], to);
            case 2 -> joined(bytes, from, joined(part, part.length, part, part.length), to);
            case 3 -> joined(bytes, from, new byte[] {(byte) random.nextInt(256)}, Math.min(bytes.length, from + 1));
            case 4 -> random.nextInt(20) == 0
                    ? new String(bytes, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_16)
                    : joined(bytes, from, BYTES[0], from);
            default -> joined(bytes, from, BYTES[random.nextInt(BYTES.length)], random.nextBoolean() ? from : to);
        };
    }

    private static byte[] joined(byte[] bytes, int head, byte[] middle, int tail) {
        byte[] joined = Arrays.copyOf(bytes, head + middle.length + bytes.length - tail);
        System.arraycopy(middle, 0, joined, head, middle.length);
        System.arraycopy(bytes, tail, joined, head + middle.length, bytes.length - tail);
        return joined;
    }
}
