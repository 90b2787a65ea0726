(ns karamon.dev.manifests.plan-test
  {:any-jdk true}
  (:require
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.manifests.plan :as plan])
  (:import
   (clojure.lang ExceptionInfo)))

(set! *warn-on-reflection* true)

(defn- of [text]
  (plan/plan (service/parse text "serverless.yml" {:env {}})))

(def ^:private functions "service: my_Shop\nprovider: {name: aws, timeout: 10, memorySize: 512}\nfunctions:\n")

(deftest functions-with-routes-share-a-server
  (let [{:keys [name stage server consumers jobs warnings]}
        (of (str functions
                 "  a: {clj: shop.core/a, events: [{httpApi: GET /a}], environment: {COLOR: blue}}\n"
                 "  b: {clj: shop.core/b, url: true, timeout: 20, memorySize: 1024, environment: {COLOR: blue, SIZE: 1}}\n"))]
    (is (= ["my-shop" "dev" [] [] []] [name stage consumers jobs warnings]))
    (is (= {:name "my-shop", :memory-mb 1024, :timeout 20, :grace 35, :port 8080, :management 8081
            :environment {"COLOR" "blue", "SIZE" "1", "KARAMON_DRAIN_DELAY" "5", "KARAMON_DRAIN_TIMEOUT" "20", "KARAMON_REQUEST_TIMEOUT" "20"}}
           server))))

(deftest the-time-to-drain-is-a-setting
  (is (= 52 (:grace (:server (of (str functions "  a: {clj: a/a, url: true, environment: {KARAMON_DRAIN_DELAY: 12, KARAMON_DRAIN_TIMEOUT: 30}}"))))))
  (is (= "KARAMON_DRAIN_DELAY is \"5s\", expected a whole number"
         (try (of (str functions "  a: {clj: a/a, url: true, environment: {KARAMON_DRAIN_DELAY: 5s}}")) (catch ExceptionInfo e (ex-message e))))))

(deftest queues-have-consumers-and-schedules-jobs
  (let [{:keys [server consumers jobs warnings]}
        (of (str functions
                 "  settleOrders: {clj: a/settle, events: [{sqs: {arn: 'arn:aws:sqs:eu-west-1:123456789012:orders', batchSize: 5}}]}\n"
                 "  tick: {clj: a/tick, events: [{schedule: rate(1 hour)}, {schedule: {rate: cron(0 3 * * ? *), input: {a: 1}, enabled: false}}]}\n"
                 "  odd: {clj: a/odd, events: [{schedule: rate(7 minutes)}, {sns: topic}, {websocket: $connect}]}\n"))]
    (is (nil? server))
    (is (= ["my-shop-settle-orders"] (map :name consumers)))
    (is (= {"KARAMON_HANDLER" "a/settle", "KARAMON_QUEUE_URL" "https://sqs.eu-west-1.amazonaws.com/123456789012/orders", "KARAMON_BATCH_SIZE" "5"}
           (select-keys (:environment (first consumers)) ["KARAMON_HANDLER" "KARAMON_QUEUE_URL" "KARAMON_BATCH_SIZE"])))
    (is (= ["30" "10" 45] ((juxt #(get-in % [:environment "KARAMON_DRAIN_TIMEOUT"]) #(get-in % [:environment "KARAMON_REQUEST_TIMEOUT"]) :grace)
                           (first consumers)))
        "the last poll may take 20 seconds")
    (is (= [["my-shop-tick" "0 * * * *" "Etc/UTC" true nil] ["my-shop-tick-2" "0 3 * * *" "Etc/UTC" false "{\"a\":1}"]]
           (map (juxt :name :schedule :zone :enabled #(get-in % [:environment "KARAMON_EVENT"])) jobs)))
    (is (= 3 (count warnings)) (str/join "\n" warnings))))

(deftest a-queue-that-is-not-enabled-or-filtered-is-not-consumed-as-others
  (let [{:keys [consumers warnings]}
        (of (str functions
                 "  off: {clj: a/off, events: [{sqs: {arn: 'arn:aws:sqs:eu-west-1:123456789012:orders', enabled: false}}]}\n"
                 "  some: {clj: a/some, events: [{sqs: {arn: 'arn:aws:sqs:eu-west-1:123456789012:orders', filterPatterns: [{body: {a: [1]}}]}}]}\n"
                 "  all: {clj: a/all, events: [{sqs: 'arn:aws:sqs:eu-west-1:123456789012:orders'}]}\n"))]
    (is (= [["my-shop-off" false 8081] ["my-shop-all" true 8081]] (map (juxt :name :enabled :management) consumers)))
    (is (= 1 (count (filter #(str/includes? % "the queue of some is left out: the consumer has no filterPatterns") warnings))))))

(deftest a-function-may-have-a-queue-and-a-schedule
  (let [{:keys [consumers jobs]} (of (str functions "  a: {clj: a/a, events: [{sqs: 'arn:aws:sqs:eu-west-1:123456789012:orders'}, {schedule: rate(1 hour)}]}\n"))]
    (is (= [["my-shop-a"] ["my-shop-a-2"]] (map #(map :name %) [consumers jobs])))))

(deftest values-of-the-shell-stay-out-of-the-files
  (let [{:keys [server warnings]} (of (str functions "  a: {clj: a/a, url: true, environment: {TOKEN: '${env:TOKEN}', KEY: '${ssm:/key}', A: '${env:A, 1}'}}"))]
    (is (= "1" (get-in server [:environment "A"])))
    (is (not-any? (:environment server) ["TOKEN" "KEY"]))
    (is (some #(str/starts-with? % "KEY, TOKEN of a: the value isn't in serverless.yml, left out") warnings) (str/join "\n" warnings))))

(deftest what-cannot-run-in-containers-is-an-error
  (are [expected text] (= expected (try (of text) (catch ExceptionInfo e (ex-message e))))
    "COLOR is \"red\" for a and \"blue\" for b: one server has one environment; give both the same value, or different variables"
    (str functions "  a: {clj: a/a, url: true, environment: {COLOR: red}}\n  b: {clj: a/b, url: true, environment: {COLOR: blue}}\n")
    "my-shop-a-2 would be the name of two objects in Kubernetes: rename one of the functions"
    (str functions "  a: {clj: a/a, events: [{schedule: rate(1 hour)}, {schedule: rate(1 hour)}]}\n  a-2: {clj: a/b, events: [{schedule: rate(1 hour)}]}\n")
    "KARAMON_MANAGEMENT_PORT is 0, but probes need the port: leave it out, or give another number"
    (str functions "  a: {clj: a/a, url: true, environment: {KARAMON_MANAGEMENT_PORT: 0}}\n")
    "serverless.yml has no function with clj: and a route, a queue or a schedule: there is nothing to run in containers"
    (str functions "  a: {clj: a/a}\n")))

(deftest names-are-those-of-kubernetes
  (are [expected parts] (= expected (apply plan/dns-name parts))
    "shop" ["shop"]
    "my-shop-create-order" ["my-shop" "createOrder"]
    "a-b-c" ["A_b.c"])
  (testing "a name that can't be one is an error"
    (doseq [name ["1a" "-" "太郎" (str/join (repeat 60 "a"))]]
      (is (re-find #"can't be a name in Kubernetes" (try (plan/dns-name name) (catch ExceptionInfo e (ex-message e))))))))
