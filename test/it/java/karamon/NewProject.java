package karamon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A project generated and built by test/it/archetype. */
record NewProject(Path folder) {

    static NewProject named(String name) {
        return new NewProject(Path.of(System.getProperty("karamon.new-projects"), name));
    }

    FunctionPackage functionPackage() {
        return new FunctionPackage(folder.resolve("target/karamon-function.zip"));
    }

    /** Returns the paths of its files, except those that its build made. */
    List<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .filter(file -> !file.startsWith("target"))
                    .sorted()
                    .toList();
        }
    }

    String text(String file) throws IOException {
        return Files.readString(folder.resolve(file));
    }
}
