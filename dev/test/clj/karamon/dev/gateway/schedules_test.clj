(ns karamon.dev.gateway.schedules-test
  (:require
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.reload :as reload]
   [karamon.dev.gateway.schedules :as schedules]
   [karamon.dev.gateway.server :as server]
   [karamon.test.client :as client])
  (:import
   (java.time Duration Instant LocalDateTime ZoneOffset)
   (java.util.concurrent CountDownLatch LinkedBlockingQueue TimeUnit)
   (karamon.json JsonReader Keys)))

(set! *warn-on-reflection* true)

(def ^:private reply (atom nil))

(defn handle [event _]
  (@reply event))

(defn- service [& details]
  {:functions [{:name "f", :handler "karamon.dev.gateway.schedules-test/handle", :timeout-ms 60000, :memory-mb 128
                :others (for [d details]
                          {:kind "schedule", :detail d, :file "serverless.yml", :line 7})}]})

(defn- clock
  "Returns a clock whose time passes with `advance`, and what starts schedules with it. Calls run at once."
  [start]
  (let [now    (atom (Instant/parse start))
        timers (atom [])]
    {:now     #(deref now)
     :after   (fn [ms f] (swap! timers conj [(.plusMillis ^Instant @now ms) f]))
     :execute #(%)
     :watcher (reload/watch [])
     :advance (fn [seconds]
                (let [end (.plusSeconds ^Instant @now seconds)]
                  (loop []
                    (when-let [[^Instant at f :as timer] (first (sort-by first @timers))]
                      (when-not (.isAfter at end)
                        (reset! now (if (.isAfter at @now) at @now))
                        (swap! timers (partial remove #{timer}))
                        (f)
                        (recur))))
                  (reset! now end)))
     :sleep   (fn [seconds] (swap! now #(.plusSeconds ^Instant % seconds)))
     :timers  timers
     :log     (fn [_])}))

(defn- fired
  "Returns the times of the events of a service's schedules within `seconds`."
  [service start seconds]
  (let [{:keys [advance] :as clock} (clock start)
        seen (atom [])]
    (reset! reply #(do (swap! seen conj (or (% "time") %)) nil))
    (schedules/start (assoc clock :service (constantly service)))
    (advance seconds)
    @seen))

(deftest schedules-fire-at-their-times
  (are [details seconds times] (= times (fired (apply service details) "2026-01-01T11:58:30Z" seconds))
    ["rate(1 minute)"]                            150 ["2026-01-01T11:59:30Z" "2026-01-01T12:00:30Z"]
    ["cron(0 12 * * ? *)"]                        90000 ["2026-01-01T12:00:00Z" "2026-01-02T12:00:00Z"]
    [{"rate" ["rate(2 minutes)" "cron(* * * * ? *)"]}]  130 ["2026-01-01T11:59:00Z" "2026-01-01T12:00:00Z" "2026-01-01T12:00:30Z"]
    [{"rate" "rate(1 minute)", "enabled" false}]  150 []
    [{"rate" "at(2026-01-01T12:00:00)"}]          90000 ["2026-01-01T12:00:00Z"]
    [{"rate" "rate(1 minute)", "input" {"a" 1}}]  70 [{"a" 1}]
    [{"rate" "rate(1 minute)", "input" "{\"a\": [1]}"}] 70 [{"a" [1]}]
    [{"rate" "cron(0 13 * * ? *)", "method" "scheduler", "timezone" "Europe/Berlin"}] 90 ["2026-01-01T12:00:00Z"])
  (is (= ["2026-01-01T11:59:30Z"]
         (fired (assoc-in (service) [:functions 0 :others] [{:kind "eventBridge", :detail {"schedule" "rate(1 minute)"}}
                                                            {:kind "eventBridge", :detail {"pattern" {}}}
                                                            {:kind "sqs", :detail {"arn" "x"}}])
                "2026-01-01T11:58:30Z" 70))))

(deftest times-during-the-sleep-of-the-machine-are-skipped-but-one
  (let [{:keys [advance sleep] :as clock} (clock "2026-01-01T12:00:00Z")
        seen (atom [])]
    (reset! reply #(swap! seen conj (% "time")))
    (schedules/start (assoc clock :service (constantly (service "rate(5 minutes)"))))
    (advance 60)
    (sleep 3600)
    (advance 360)
    (is (= ["2026-01-01T12:05:00Z" "2026-01-01T13:05:00Z"] @seen))))

(deftest the-event-is-that-of-the-service-that-fires
  (let [event #(schedules/event (first (schedules/schedules (service %))) (Instant/parse "2026-01-01T12:00:00Z"))]
    (is (= {"source"      "aws.events"
            "detail-type" "Scheduled Event"
            "detail"      {}
            "time"        "2026-01-01T12:00:00Z"
            "resources"   ["arn:aws:events:eu-west-1:111122223333:rule/f"]}
           (select-keys (event "rate(1 day)") ["source" "detail-type" "detail" "time" "resources"])))
    (is (= {"source"    "aws.scheduler"
            "detail"    "{}"
            "resources" ["arn:aws:scheduler:eu-west-1:111122223333:schedule/default/nightly"]}
           (select-keys (event {"rate" "rate(1 day)", "method" "scheduler", "name" "nightly"}) ["source" "detail" "resources"])))))

(deftest what-can-not-fire-is-a-warning-with-its-place
  (are [warning detail] (= (str "serverless.yml:7: the schedule " warning) (:warning (first (schedules/schedules (service detail)))))
    "rate(5 minute) of f doesn't fire: expected the plural: rate(5 minutes)" "rate(5 minute)"
    "${x} of f doesn't fire: expected rate(5 minutes) or cron(0 10 * * ? *)" "${x}"
    "rate(1 day) of f doesn't fire: inputPath isn't imitated" {"rate" "rate(1 day)", "inputPath" "$.detail"}
    "rate(1 day) of f doesn't fire: Unknown time-zone ID: Europe/Nowhere"
    {"rate" "rate(1 day)", "method" "scheduler", "timezone" "Europe/Nowhere"})
  (is (re-find #"doesn't fire: its input isn't JSON: "
               (:warning (first (schedules/schedules (service {"rate" "rate(1 day)", "input" "{"})))))))

(deftest calls-overlap-and-failures-are-logged
  (let [both  (CountDownLatch. 2)
        log   (atom [])
        calls (atom [])
        {:keys [advance] :as clock} (assoc (clock "2026-01-01T12:00:00Z") :log #(swap! log conj %), :execute #(swap! calls conj (future (%))))]
    (reset! reply (fn [_]
                    (.countDown both)
                    (when-not (.await both 30 TimeUnit/SECONDS)
                      (throw (IllegalStateException. "alone")))))
    (schedules/start (assoc clock :service (constantly (service "rate(1 minute)" "rate(1 minutes)"))))
    (is (= ["serverless.yml:7: the schedule rate(1 minutes) of f doesn't fire: expected the singular: rate(1 minute)"] @log))
    (advance 120)
    (run! deref @calls)
    (is (= 2 (count (filter #(re-matches #"EVENT   f  rate\(1 minute\)  done  \d+ ms" %) @log))))
    (testing "a failure"
      (reset! calls [])
      (reset! reply (fn [_] (throw (IllegalStateException. "no"))))
      (advance 60)
      (run! deref @calls)
      (is (some #(re-find #"schedules-test/handle threw \(request [\w-]+\)\njava.lang.IllegalStateException: no" %) @log))
      (is (re-matches #"EVENT   f  rate\(1 minute\)  failed  \d+ ms" (peek @log))))))

(deftest saved-schedules-are-live-and-the-others-go-on
  (let [{:keys [advance] :as clock} (clock "2026-01-01T12:00:00Z")
        seen    (atom [])
        input   (fn [rate n] {"rate" rate, "input" n})
        current (atom (service (input "rate(3 minutes)" 3) (input "rate(4 minutes)" 4)))]
    (reset! reply #(do (swap! seen conj %) nil))
    (schedules/start (assoc clock :service #(deref current)))
    (advance 120)
    (reset! current (service (input "rate(1 minute)" 1) (input "rate(3 minutes)" 3)))
    (advance 125)
    (is (= [3 1 1] @seen) "the one of 3 minutes goes on, the one of 4 minutes is gone")
    (reset! current (assoc-in @current [:functions 0 :handler] "karamon.dev.gateway.schedules-test/gone"))
    (advance 60)
    (is (= [3 1 1] @seen) "the function is that of the service now")))

(deftest a-schedule-that-comes-back-fires-once
  (let [{:keys [advance] :as clock} (clock "2026-01-01T12:00:00Z")
        seen    (atom 0)
        current (atom (service "rate(5 minutes)"))]
    (reset! reply (fn [_] (swap! seen inc) nil))
    (schedules/start (assoc clock :service #(deref current)))
    (doseq [details [[] ["rate(5 minutes)"]]]
      (advance 10)
      (reset! current (apply service details)))
    (advance 310)
    (is (= 1 @seen))))

(deftest the-gateway-fires-them-if-asked-for-and-keeps-them-in-the-console
  (let [lines (LinkedBlockingQueue.)
        ;; After the start, which takes longer the first time.
        soon  (.plus (LocalDateTime/now ZoneOffset/UTC) (Duration/ofSeconds 5))]
    (reset! reply (constantly {"done" true}))
    (with-open [gateway (server/start {:service   (service {"rate" (str "at(" soon ")"), "input" {"a" 1}})
                                       :schedules true, :folders [], :port 0, :log #(.put lines %)})]
      (is (re-find #"^EVENT   f  at.* done " (.poll lines 30 TimeUnit/SECONDS)))
      (let [shown #(JsonReader/read ^String (:body (client/request {:port (:port gateway), :path %})) Keys/STRINGS)]
        (is (= ["EVENT" "f" "schedule" 200]
               (map (get-in (shown "/_karamon/requests") ["requests" 0]) ["method" "path" "source" "status"])))
        (is (= ["{\"a\" 1}" "{\"done\" true}"] (map #(get-in (shown "/_karamon/requests/1") [% "edn"]) ["event" "reply"])))))))
