package karamon.etag;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Collects the regular files below a directory. Links to files count as files; links to directories aren't followed. */
final class Tree extends SimpleFileVisitor<Path> {
    private final List<String> files = new ArrayList<>();
    private final List<String> unread = new ArrayList<>();

    /**
     * Finds the files below a directory.
     *
     * @throws CommandFailure when the walk can't go on
     */
    Tree(Path directory) {
        try {
            Files.walkFileTree(directory, this);
        } catch (IOException e) {
            throw new CommandFailure(FileHasher.unreadable(directory.toString(), e));
        }
        Collections.sort(files);
    }

    /** Returns the names of the files, sorted. */
    List<String> files() {
        return files;
    }

    /** Returns a message for each directory that can't be read. */
    List<String> unread() {
        return unread;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
        unread.add(FileHasher.unreadable(file.toString(), e));
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path directory, IOException e) {
        return e == null ? FileVisitResult.CONTINUE : visitFileFailed(directory, e);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        if (attributes.isRegularFile() || attributes.isSymbolicLink() && Files.isRegularFile(file)) {
            files.add(file.toString());
        }
        return FileVisitResult.CONTINUE;
    }
}
