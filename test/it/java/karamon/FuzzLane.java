package karamon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import karamon.RuntimeApi.Answer;
import karamon.json.JsonReader;
import karamon.json.Keys;
import karamon.json.MalformedJson;

/** One process of a fuzz run: a handler on Karamon's own runtime, for changed events one after the other or several at once. */
final class FuzzLane {
    private static final int WAIT_SECONDS = 60;
    private static final List<String> DECLARED =
            List.of("karamon.json.MalformedJson", "karamon.http.NotHttpEvent", "clojure.lang.ExceptionInfo");

    private final String handler;
    private final int concurrency;
    private final FuzzEvents events;
    private final List<String> faults = new ArrayList<>();
    private final Map<String, Long> kinds = new TreeMap<>();
    private final List<Long> rssMiB = new ArrayList<>();
    private long answers;
    private long slowestNs;
    private long slowest = -1;
    private long logged;

    private record Sent(long number, CompletableFuture<Answer> answer) {}

    FuzzLane(String handler, int concurrency, FuzzEvents events) {
        this.handler = handler;
        this.concurrency = concurrency;
        this.events = events;
    }

    /** Sends the events of some numbers. */
    FuzzLane run(Path taskRoot, long first, long count) throws IOException, InterruptedException {
        boolean json = concurrency > 1;
        Map<String, String> variables = new HashMap<>(Map.of(
                "AWS_LAMBDA_MAX_CONCURRENCY", Integer.toString(concurrency), "AWS_LAMBDA_LOG_FORMAT", json ? "JSON" : "Text"));
        RuntimeApi api = new RuntimeApi();
        Process process = RuntimeProcess.ownBuilder(Jdk.running(), taskRoot, api, handler, variables, List.of("-Xmx256m")).start();
        FuzzLog log = new FuzzLog(process, json);
        Thread reader = new Thread(log, "log");
        reader.start();
        try {
            send(api, process, log, first, count);
        } finally {
            process.toHandle().destroyForcibly(); // Process.destroyForcibly closes the stream that is read.
            process.waitFor();
            reader.join();
            logged = log.characters();
            log.faults().forEach(line -> fault("logged " + line));
            try {
                api.close();
            } catch (AssertionError e) {
                fault(e.getMessage());
            }
        }
        return this;
    }

    private void send(RuntimeApi api, Process process, FuzzLog log, long first, long count)
            throws IOException, InterruptedException {
        Deque<Sent> sent = new ArrayDeque<>();
        for (long number = first; number < first + count || !sent.isEmpty(); number++) {
            if (number < first + count) {
                sent.add(new Sent(number, api.send(events.event(number), Map.of())));
            }
            if (sent.size() > 2 * concurrency || number >= first + count) {
                Answer answer = await(sent.peek().answer, process);
                if (answer == null) {
                    String state = process.isAlive()
                            ? "no answer within " + WAIT_SECONDS + " s" : "the process ended with " + process.exitValue();
                    List<Long> numbers = sent.stream().filter(s -> !s.answer.isDone()).map(Sent::number).toList();
                    fault(state + " at one of the events " + numbers + "; it logged:\n" + log.last());
                    return;
                }
                take(sent.remove().number, answer);
                if (answers == count / 10 || answers == count / 2 || answers == count) {
                    rssMiB.add(rssMiB(process));
                }
            }
        }
    }

    // Polls for the end of the process: each call of its onExit() costs a thread when it ends.
    private static Answer await(CompletableFuture<Answer> answer, Process process) throws InterruptedException {
        for (int i = 0; i < WAIT_SECONDS && process.isAlive(); i++) {
            try {
                return answer.get(1, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                continue;
            } catch (ExecutionException e) {
                throw new AssertionError("an answer never fails", e);
            }
        }
        return answer.getNow(null);
    }

    private void take(long number, Answer answer) {
        answers++;
        if (answer.ns() > slowestNs) {
            slowestNs = answer.ns();
            slowest = number;
        }
        String kind;
        try {
            kind = kind(answer, JsonReader.read(answer.body(), Keys.STRINGS));
        } catch (MalformedJson | ClassCastException e) {
            kind = "invalid";
            fault("event " + number + ": an invalid answer, " + e.getMessage());
        }
        if (kinds.merge(kind, 1L, Long::sum) == 1 && answer.error() && !DECLARED.contains(answer.errorType())) {
            fault("event " + number + ": an undeclared error, "
                    + answer.text().substring(0, Math.min(1000, answer.text().length())));
        }
    }

    private static String kind(Answer answer, Object body) {
        if (answer.error()) {
            String type = (String) ((Map<?, ?>) body).get("errorType");
            return "error " + (answer.errorType().equals(type) ? type : "with two types");
        }
        if (body instanceof Map<?, ?> reply && reply.get("statusCode") instanceof Long status && status >= 100 && status <= 599) {
            return status / 100 + "xx";
        }
        return body instanceof Map<?, ?> batch && batch.containsKey("batchItemFailures") ? "batch response" : "other response";
    }

    private void fault(String what) {
        if (faults.size() < 20) {
            faults.add(handler + ", " + concurrency + " at once: " + what);
        }
    }

    private static long rssMiB(Process process) throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        return !Files.exists(status) ? 0 : Files.readAllLines(status).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                .findFirst().orElse(0);
    }

    /** Returns what went wrong; nothing about time or memory. */
    List<String> faults() {
        return faults;
    }

    long answers() {
        return answers;
    }

    long slowestMs() {
        return TimeUnit.NANOSECONDS.toMillis(slowestNs);
    }

    /** Returns the resident memory after 10 %, 50 % and 100 % of the events; zeros where there is no /proc. */
    List<Long> rssMiB() {
        return rssMiB;
    }

    @Override
    public String toString() {
        return handler + ", " + concurrency + " at once: " + answers + " answers " + kinds
                + "; slowest " + slowestMs() + " ms (event " + slowest + "); RSS " + rssMiB + " MiB; logged " + (logged >> 20) + " MiB";
    }
}
