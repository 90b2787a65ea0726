(ns karamon.table.session-test
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table :as table]
   [karamon.table.fixture :as fixture :refer [carbondata? error-of session]]
   [karamon.table.process :as process]))

(set! *warn-on-reflection* true)

(defn- form
  "Returns a form that opens a session and prints the type and message of its error."
  [options]
  `(do (require 'karamon.table)
       (try (karamon.table/session ~options)
         (catch clojure.lang.ExceptionInfo e# (println (:type (ex-data e#)) (ex-message e#))))
       (shutdown-agents)))

(deftest wrong-options-are-errors
  (is (= [:karamon.table/bad-option
          "No option :warehose for a session: there are :config, :format, :master, :on-statement, :print-log, :s3, :wait-ms, :warehouse. Did you mean :warehouse?"]
         (error-of #(table/session {:warehose "x"}))))
  (is (= [:karamon.table/bad-option ":warehouse must be a folder's name, such as \"carbon-warehouse\", found nil"]
         (error-of #(table/session {:format fixture/table-format}))))
  (is (= [:karamon.table/bad-option ":wait-ms must be a whole number of milliseconds, 0 or more, found -1"]
         (error-of #(table/session {:warehouse "x", :format fixture/table-format, :wait-ms -1}))))
  (is (= [:karamon.table/bad-option "No format :delta: there are :carbondata, :iceberg."]
         (error-of #(table/session {:warehouse "x", :format :delta}))))
  (let [other (if carbondata? :iceberg :carbondata)]
    (is (= [:karamon.table/bad-option
            (str "The class path of this JVM has no " (name other)
                 ": each format needs its own process; start it with ./karamon table --format " (name other))]
           (error-of #(table/session {:warehouse "x", :format other}))))))

(deftest a-jvm-without-the-flags-is-refused
  (let [{:keys [text]} (process/run (form {:warehouse "w", :format fixture/table-format}) {:flags []})]
    (is (str/includes? text ":karamon.table/closed-packages This JVM doesn't open java.lang, "))
    (is (str/includes? text "java.net"))))

;; Defined only if CarbonData is on the class path.
(when carbondata?
  (deftest carbondata-as-published-is-refused
    (let [published           (filter #(re-find #"carbondata-core" %) process/class-path)
          {:keys [text folder]} (process/run (form {:warehouse "w"}) {:class-path (concat published process/class-path)})]
      (is (= 1 (count published)))
      (is (str/includes? text ":karamon.table/unpatched CarbonData's ByteUtil isn't the patched one"))
      (is (not (.exists (io/file folder "w"))))
      (is (some? @session) "this JVM has the patched class"))))

(deftest one-jvm-uses-a-warehouse-and-a-jvm-uses-one-warehouse
  (let [warehouse (str (:warehouse @session))]
    (is (= [:karamon.table/open (str "This JVM already has a session on " warehouse ": close it before you open another")]
           (error-of #(table/session {:warehouse warehouse, :format fixture/table-format}))))
    (is (= :karamon.table/open (first (error-of #(table/session {:warehouse "other", :format fixture/table-format})))))
    (testing "another process waits, then gets an error that names the owner"
      (let [{:keys [text]} (process/run (form {:warehouse warehouse, :format fixture/table-format, :wait-ms 300}))]
        (is (str/includes? text (str ":karamon.table/in-use Warehouse " warehouse " is in use by process "
                                     (.pid (java.lang.ProcessHandle/current)) ": only one process can use a warehouse at a time")))))))

(deftest a-session-closes-opens-again-and-leaves-nothing-in-the-current-folder
  (let [{:keys [exit text folder]}
        (process/run
          `(do (require 'karamon.table)
               (let [options# {:warehouse "w", :format ~fixture/table-format}
                     first#   (karamon.table/session options#)]
                 (karamon.table/create-table first# "t" [[:id :int]])
                 (karamon.table/insert! first# "t" [{:id 1}])
                 (karamon.table/close first#)
                 (karamon.table/close first#)
                 (prn :closed (try (karamon.table/sql first# "SELECT 1") (catch Exception e# (:type (ex-data e#)))))
                 (prn :second (try (karamon.table/session (assoc options# :warehouse "v"))
                                (catch Exception e# (:type (ex-data e#)))))
                 (with-open [again# (karamon.table/session options#)]
                   (karamon.table/insert! again# "t" [{:id 2}])
                   (karamon.table/delete! again# "t" {:id 1})
                   (prn :again (karamon.table/sql again# "SELECT id FROM t"))))
               (shutdown-agents)))]
    (is (= 0 exit))
    (is (= [":closed :karamon.table/closed" ":second :karamon.table/second-warehouse" ":again [{:id 2}]"]
           (str/split-lines text))
        "nothing else is printed")
    (is (= ["out.txt" "w"] (sort (.list (io/file folder)))))))
