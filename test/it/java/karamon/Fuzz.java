package karamon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends changed sample events to handlers that throw exceptions which hold the event, or that answer with parts of it, on
 * Karamon's own runtime with a heap of 256 MiB. {@code bench/fuzz} runs it.
 */
final class Fuzz {
    private static final String HTTP =
            "(?!.*(response|authorizer-request|authorizer-token|websocket-authorizer))(rest|http-api|function-url|alb|websocket).*";
    private static final String BATCHES = "(sqs|kinesis|dynamodb|kafka).*";
    private static final int MAX_MS = 1000;
    // In short lanes memory still grows: classes are loaded and methods compiled.
    private static final int MIN_FLAT_EVENTS = 10_000;
    private static final double MAX_GROWTH = 1.1;
    private static final String NAMESPACE = """
            (ns ours.fuzzed
              (:require
               [karamon.gateway :as gateway :refer [defgateway]]
               [karamon.lambda :refer [defbatch deflambda]]))

            (defgateway refuse [event ctx]
              (throw (ex-info (str "Refused " (:path event)) {:event event, :ctx ctx})))

            (defgateway reflect {:raw true} [{:keys [body cookies headers headers-all query raw] :as event} ctx]
              (case (mod (hash (:aws-request-id ctx)) 8)
                0 {:status (count headers), :headers headers, :body body}
                1 {:headers headers-all, :cookies (map (fn [[k v]] (str (name k) "=" v)) cookies)}
                2 {:status (:status query 201), :body event}
                3 {:status (get raw "statusCode" 202), :headers (get raw "headers"), :body (get raw "body")}
                4 {:body (gateway/json event)}
                5 {:status body, :headers query, :body raw}
                6 raw
                7 {:headers {:location (:path event)}, :body headers}))

            (deflambda fail [event ctx]
              (throw (ex-info "Failed" {:event event, :meta (meta event)})))

            (defbatch settle [record ctx]
              (when (odd? (hash record))
                (throw (ex-info "Not settled" {:record record}))))
            """;

    private Fuzz() {}

    /**
     * Sends some events to each handler in turn, one at a time and eight at once.
     *
     * @param folder an empty folder
     * @param count of all events
     * @return a lane for each process
     */
    static List<FuzzLane> run(Path folder, long count, long seed) throws IOException, InterruptedException {
        FunctionPackage.ofTheExample().unpack(folder);
        Files.createDirectories(folder.resolve("ours"));
        Files.writeString(folder.resolve("ours/fuzzed.clj"), NAMESPACE);
        FuzzEvents requests = new FuzzEvents(seed, HTTP);
        FuzzEvents batches = new FuzzEvents(seed, BATCHES);
        List<FuzzLane> lanes = new ArrayList<>();
        long first = 0;
        for (int concurrency : new int[] {1, 8}) {
            for (String name : List.of("refuse", "reflect", "fail", "settle")) {
                FuzzEvents events = name.equals("settle") || name.equals("fail") ? batches : requests;
                long next = count * (lanes.size() + 1) / 8;
                lanes.add(new FuzzLane("ours.fuzzed/" + name, concurrency, events).run(folder, first, next - first));
                System.out.println(lanes.get(lanes.size() - 1));
                first = next;
            }
        }
        return lanes;
    }

    /**
     * Prints the figures. Exits with 1 after a fault, after an answer that took more than a second, and when memory grew in the
     * second half of a process's events.
     *
     * @param arguments {@code run EVENTS SEED EMPTY-FOLDER}; or {@code event SEED NUMBER} to write an event of requests to the
     *     standard output, {@code batch SEED NUMBER} one of the other handlers
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        long first = Long.parseLong(arguments[1]);
        long second = Long.parseLong(arguments[2]);
        if (!arguments[0].equals("run")) {
            System.out.writeBytes(new FuzzEvents(first, arguments[0].equals("batch") ? BATCHES : HTTP).event(second));
            System.out.flush();
            return;
        }
        List<FuzzLane> lanes = run(Path.of(arguments[3]), first, second);
        List<String> faults = new ArrayList<>();
        for (FuzzLane lane : lanes) {
            faults.addAll(lane.faults());
            if (lane.slowestMs() > MAX_MS) {
                faults.add("slower than " + MAX_MS + " ms: " + lane);
            }
            List<Long> rss = lane.rssMiB();
            if (lane.answers() >= MIN_FLAT_EVENTS && rss.size() == 3 && rss.get(2) > rss.get(1) * MAX_GROWTH) {
                faults.add("growing: " + lane);
            }
        }
        System.out.println(first + " events, " + lanes.stream().mapToLong(FuzzLane::answers).sum() + " answers, "
                + faults.size() + " faults");
        faults.forEach(System.out::println);
        System.exit(faults.isEmpty() ? 0 : 1);
    }
}
