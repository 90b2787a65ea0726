(ns karamon.docs-test
  "Pastes the Clojure examples of every page into a REPL, and compares what they print and return with the page."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [example.core]
   [karamon.dev.demo-server :as demo-server]
   [karamon.local :as local]
   [karamon.test.examples :as examples]
   [karamon.test.temp :as temp])
  (:import
   (com.amazonaws.services.lambda.runtime.logging LogLevel)
   (java.io File)
   (karamon.json JsonReader Keys)
   (karamon.log Log Running)))

(set! *warn-on-reflection* true)

(def ^:private pages
  (into ["README.md" "CONTRIBUTING.md" "SECURITY.md" "bench/README.md" "serverless-karamon/README.md"]
        (for [^File file (sort (.listFiles (io/file "docs"))) :when (.isFile file)]
          (str file))))

(deftest the-examples-of-every-page-give-the-results-on-the-page
  (demo-server/call-with-demo
    (fn []
      (temp/call-with-folder
        (fn [folder]
          (System/setProperty "java.io.tmpdir" (str folder))
          (doseq [page pages]
            (testing page
              (doseq [{:keys [form shown found]} (examples/run (remove :not-run (examples/blocks page)))]
                (is (= shown found) (pr-str form))))))))))

(deftest every-clojure-block-is-run-or-says-why-not
  (doseq [page pages
          :let [text   (slurp page)
                blocks (map rest (re-seq #"(?m)^ *```(.*)\n((?s:.*?))^ *```" text))]]
    (is (= (count (filter (comp #{"clojure"} first) blocks)) (count (examples/blocks page)))
        (str page " has a block of Clojure in a form that isn't run"))
    (is (= (count (re-seq #"(?m)^ *<!-- not run" text)) (count (filter :not-run (examples/blocks page))))
        (str page " has a note that stands above no block of Clojure"))
    (doseq [[language code] blocks]
      (is (not (or (#{"clj" "Clojure"} language) (and (= "" language) (re-find #"^\s*(?:\(|;;)" code))))
          (str page ": write ```clojure above\n" code)))))

(deftest the-event-in-docs-logging-is-what-karamon-logs
  (let [shown (JsonReader/read ^String (second (re-find #"(?s)```json\n(.*?)```" (slurp "docs/logging.md"))) Keys/STRINGS)
        out   (StringBuilder.)]
    (Running/begin (local/context {:function-name "shop", :request-id (shown "AWSRequestId"), :log #(.append out ^String %)
                                   :trace-id (str "Root=" (shown "traceId") ";Sampled=1")})
                   true)
    (try
      (.write (Log. {"AWS_LAMBDA_LOG_FORMAT" "JSON"}) LogLevel/INFO "shop.core" "paid" (array-map :amount 3, :order {:id "o-7"}) nil)
      (finally (Running/end)))
    (is (= (dissoc shown "timestamp") (dissoc (JsonReader/read (str out) Keys/STRINGS) "timestamp")))))
