(ns karamon.dev.gateway.environment-test
  "Environment variables that serverless.yml declares, in processes of the command line. A Java class reads them by System.getenv."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.environment :as environment]
   [karamon.test.client :as client]
   [karamon.test.temp :as temp])
  (:import
   (java.io BufferedReader File)
   (java.lang ProcessHandle)
   (java.util.concurrent TimeUnit)
   (javax.tools ToolProvider)
   (karamon.json JsonReader JsonWriter Keys)))

(set! *warn-on-reflection* true)

(def ^:private java-class
  "package shop;
   public final class Library {
       public static String read(String name) { return System.getenv(name); }
       public static boolean lists(String name) { return System.getenv().entrySet().stream().anyMatch(e -> e.getKey().equals(name)); }
       public static String onThread(String name) throws Exception {
           var found = new java.util.concurrent.CompletableFuture<String>();
           new Thread(() -> found.complete(String.valueOf(System.getenv(name)))).start();
           return found.get();
       }
   }")

(def ^:private source
  "(ns shop.core
     (:require [karamon.context :as context] [karamon.gateway :refer [defgateway]])
     (:import (shop Library)))
   (def at-load [(Library/read \"STAGE\") (Library/read \"SIZE\")]) ; 1
   (defgateway show [_ ctx]
     {:body {:color (Library/read \"COLOR\") :size (Library/read \"SIZE\") :stage at-load :dotenv (Library/read \"SECRET\")
             :context (context/env ctx :COLOR) :future @(future (Library/read \"COLOR\")) :thread (Library/onThread \"COLOR\")
             :listed (Library/lists \"SIZE\")
             :program (clojure.string/trim (slurp (.getInputStream (.start (ProcessBuilder. [\"sh\" \"-c\" \"echo $STAGE\"])))))}})
   (defn fail [_ _] (throw (Exception. \"no\")))")

(defn- save-project [^File folder config]
  (temp/save folder "shop/Library.java" java-class)
  (is (zero? (.run (ToolProvider/getSystemJavaCompiler) nil nil nil (into-array [(str (io/file folder "shop/Library.java"))]))))
  (temp/save folder "src/shop/core.clj" source)
  (temp/save folder "serverless.yml" config))

(defn- command
  "Returns the process builder of a command in `folder`."
  ^ProcessBuilder [^File folder & arguments]
  (doto (ProcessBuilder. ^java.util.List
                         (into [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1"
                                "-cp" (str (io/file folder "src") File/pathSeparator folder File/pathSeparator
                                           ;; The class path of tests may have folders relative to this one.
                                           (str/join File/pathSeparator (map #(.getAbsolutePath (io/file %))
                                                                             (str/split (System/getProperty "java.class.path") #":"))))
                                "clojure.main" "-m" "karamon.dev.main"]
                               arguments))
    (.directory folder)
    (.redirectErrorStream true)))

(defn- lines-until
  "Returns the lines that a process prints, up to the one that contains `text`, which must come."
  [^BufferedReader in text]
  (loop [lines []]
    (let [line  (.readLine in)
          lines (conj lines line)]
      (cond
        (nil? line)                (do (is false (str "expected " text ", found\n" (str/join "\n" lines))) lines)
        (str/includes? line text) lines
        :else                      (recur lines)))))

(defn- call-with-serving
  "Calls `f` with a process that serves the service `config`, its port, the lines that it printed, and its folder."
  [config f]
  (temp/call-with-folder
    (fn [folder]
      (save-project folder config)
      (temp/save folder ".env" "SECRET=\"of .env\"")
      (let [process (.start (command folder "serve" "--port" "0"))]
        (try
          (let [lines (lines-until (.inputReader process) "Saved code is live")]
            (f process (parse-long (second (re-find #"http://127.0.0.1:(\d+)/" (str/join "\n" lines)))) lines folder))
          (finally
            (run! #(.destroyForcibly ^ProcessHandle %) (iterator-seq (.iterator (.descendants process))))
            (.destroyForcibly process)))))))

(defn- body [port path]
  (JsonReader/read ^String (:body (client/request {:port port, :path path})) Keys/STRINGS))

(def ^:private differing
  "useDotenv: true
provider: {environment: {STAGE: dev, NUMBER: 8080}}
functions:
  a: {clj: shop.core/show, environment: {COLOR: blue, SIZE: 1}, events: [{http: GET /a}]}
  b: {clj: shop.core/show, environment: {COLOR: red}, events: [{http: GET /b}]}
  last: {clj: shop.core/show, environment: {LAST: only}}
")

(deftest each-function-has-its-own-variables
  (call-with-serving differing
    (fn [process port lines folder]
      (doseq [[path color size] [["/a" "blue" "1"] ["/b" "red" nil] ["/a" "blue" "1"]]]
        (is (= {"color" color, "context" color, "future" color, "thread" color, "size" size, "listed" (some? size)
                "stage" ["dev" "1"], "dotenv" "of .env", "program" "dev"}
               (body port path))))
      (testing "a namespace that is loaded again has all of them"
        (temp/save folder "src/shop/core.clj" (str/replace source "\"SIZE\")]) ; 1" "\"LAST\")]) ; 2"))
        (Thread/sleep 100) ; the gateway looks for saved files every 50 ms
        (is (= ["dev" "only"] (get (body port "/b") "stage"))))
      (testing "a saved serverless.yml changes them"
        (temp/save folder "serverless.yml" (str/replace differing #"STAGE: dev|red" {"STAGE: dev" "STAGE: new", "red" "green"}))
        (Thread/sleep 100)
        (is (= "green" (get (body port "/b") "color")))
        (lines-until (.inputReader ^Process process) "environment: COLOR, STAGE changed. Restart the gateway if code reads that only once"))
      (is (= 1 (count (filter #(str/includes? % "Functions have different values of COLOR") lines))))
      (is (not-any? #(re-find #"blue|red|of \.env" %) lines) "values may be secret"))))

(defn- all-ended? [handles]
  (every? #(do (.get (.onExit ^ProcessHandle %) 30 TimeUnit/SECONDS) true) handles))

(deftest signals-end-all-of-it
  (doseq [[signal code] [["TERM" 143] ["INT" 130] ["KILL" 137]]]
    (call-with-serving "functions: {a: {clj: shop.core/show, environment: {COLOR: blue}, events: [{http: GET /a}]}}"
      (fn [^Process process port lines _]
        (testing signal
          (is (= "blue" (get (body port "/a") "color")))
          (is (not-any? #(str/includes? % "different values") lines))
          (let [children (vec (iterator-seq (.iterator (.children process))))]
            (is (= 1 (count children)))
            (.waitFor (.start (ProcessBuilder. ^java.util.List (vector "kill" (str "-" signal) (str (.pid process))))))
            (is (.waitFor process 30 TimeUnit/SECONDS))
            (is (= code (.exitValue process)))
            (is (all-ended? children))))))))

(deftest a-service-without-variables-runs-in-one-process
  (call-with-serving "functions: {a: {clj: shop.core/show, events: [{http: GET /a}]}}"
    (fn [^Process process port _ folder]
      (is (nil? (get (body port "/a") "color")))
      (is (empty? (iterator-seq (.iterator (.children process)))))
      (testing "and can't have variables later"
        (temp/save folder "serverless.yml"
          "functions: {a: {clj: shop.core/show, environment: {COLOR: blue}, events: [{http: GET /a}]}}")
        (Thread/sleep 100)
        (is (nil? (get (body port "/a") "color")))
        (lines-until (.inputReader process) "can't have the environment variables of a (COLOR). Restart the gateway.")))))

(deftest invoke-keeps-input-output-and-exit-code
  (temp/call-with-folder
    (fn [folder]
      (save-project folder (str differing "  fails: {clj: shop.core/fail, environment: {COLOR: green}}\n"))
      (let [invoke (fn [input & arguments]
                     (let [process (.start ^ProcessBuilder (apply command folder "invoke" arguments))]
                       (with-open [out (.outputWriter process)]
                         (.write out ^String input))
                       (let [printed (slurp (.getInputStream process))]
                         [(.waitFor process) printed])))
            [code printed] (invoke (JsonWriter/string {"httpMethod" "GET", "path" "/", "requestContext" {}}) "a" "--event" "-")]
        (is (= 0 code))
        (is (str/includes? printed "\"color\":\"blue\""))
        (let [[code printed] (invoke "" "fails")]
          (is (= 1 code))
          (is (str/includes? printed "shop.core/fail threw")))))))

(deftest variables-that-this-process-cant-have-are-named
  (are [functions text] (= (when text [text]) (seq (environment/warnings {:functions functions})))
    [{:name "a", :environment {"PATH" (System/getenv "PATH")}}] nil
    [{:name "a", :environment {"1" "x", "A=B" "x"}}] "environment: 1, A=B can't be the name of a variable: left out"))
