package karamon.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A server in this process, on free ports, and its clients. */
final class Served implements AutoCloseable {
    static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    final HandlerServer server;
    private final Path file;

    Served(String routes, String... variables) throws IOException {
        file = Files.createTempFile("routes", ".json");
        Files.writeString(file, routes);
        Settings set = settings(file, variables);
        server = new HandlerServer(new Settings(set.handler(), set.routes(), "127.0.0.1", -1, -1, set.drainDelay(), set.drainTimeout(),
                set.maxBody(), set.requestTimeout(), set.maxConcurrent(), set.forwarded(), set.virtualThreads()));
    }

    static Settings settings(Path routes, String... variables) {
        Map<String, String> environment = new HashMap<>(Map.of("KARAMON_ROUTES", routes.toString()));
        for (int i = 0; i < variables.length; i += 2) {
            environment.put(variables[i], variables[i + 1]);
        }
        return Settings.of(new Environment(environment));
    }

    HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path)), headers);
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    static HttpResponse<String> send(HttpRequest.Builder request, String... headers) throws IOException, InterruptedException {
        HttpRequest.Builder full = headers.length == 0 ? request : request.headers(headers);
        return CLIENT.send(full.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> managed(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.managementPort() + path)));
    }

    Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", server.port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    /** Sends bytes as they are, and returns all that comes until the server closes the connection. */
    String raw(String request) throws IOException {
        try (Socket socket = connect()) {
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    @Override
    public void close() throws IOException {
        server.stop();
        Files.delete(file);
    }
}
