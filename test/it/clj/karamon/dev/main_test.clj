(ns karamon.dev.main-test
  "The command line. Runs commands that end in this process, and those that keep running in a separate one."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is]]
   [karamon.context :as context]
   [karamon.dev.call.invoke]
   [karamon.dev.main :as main]
   [karamon.local.sample :as sample]
   [karamon.test.client :as client]
   [karamon.test.temp :as temp])
  (:import
   (java.io BufferedReader File)
   (java.nio.file Files LinkOption)
   (java.nio.file.attribute PosixFilePermissions)
   (java.util.concurrent TimeUnit)
   (karamon.json JsonReader Keys)
   (org.opentest4j TestAbortedException)))

(set! *warn-on-reflection* true)

(defn- start ^Process [& arguments]
  (.start (ProcessBuilder. ^java.util.List
                           (into [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1"
                                  "-cp" (System/getProperty "java.class.path") "clojure.main" "-m" "karamon.dev.main"]
                                 arguments))))

(defn- run
  "Returns the exit code, output and error output of a command, run in this process."
  [& arguments]
  (let [out (java.io.StringWriter.)
        err (java.io.StringWriter.)]
    (binding [*out* out, *err* err]
      (let [exit (main/run arguments)]
        {:exit exit, :out (str out), :err (str err)}))))

(defn plain [event ctx]
  [(event "path") (:function-name ctx)])

(defn chatty [_ ctx]
  (println "on *out*")
  (.println System/out "on System.out")
  [(:function-name ctx) (:memory-mb ctx) (< 0 (context/msecs-remaining ctx) 900001)])

(defn boom [_ _]
  (throw (IllegalStateException. "boom")))

(deftest invoke-prints-the-response-that-the-caller-gets
  (are [arguments exit out] (= {:exit exit, :out out, :err ""} (apply run "invoke" arguments))
    ["example.core/hello" "--query" "name=hoge"] 0 "{\"hello\":\"hoge\"}\n"
    ["example.core/hello" "--event" "example/events/hello.json"] 0 "{\"hello\":\"hoge\"}\n"
    ["example.core/greet" "--path" "/hello/太郎" "--resource" "/hello/{name}" "--source" "http" "-i"]
    0 "HTTP 200\ncontent-type: application/json\n\n{\"hello\":\"太郎\"}\n"
    ["example.core/echo" "-d" "x=1" "-H" "content-type: text/plain" "--raw"]
    0 "{\"statusCode\":200,\"headers\":{\"content-type\":\"text/plain\"},\"body\":\"x=1\",\"isBase64Encoded\":false}\n"
    ["karamon.dev.main-test/plain" "--event" "example/events/hello.json"] 0 "[\"/hello\",\"local\"]\n"
    ["karamon.dev.main-test/plain" "--data" "{\"path\":1}"] 0 "[1,\"local\"]\n"
    ["karamon.dev.main-test/plain"] 0 "[null,\"local\"]\n"
    ["example.events/tick" "--event" "src-clj/karamon/local/samples/schedule.json"] 0 "{\"due\":\"2026-01-01T12:00:00Z\"}\n"))

(deftest a-function-of-the-service-is-invoked-by-its-name
  (is (= {:exit 0, :out "{\"hello\":\"hoge\"}\n", :err ""} (run "invoke" "hello" "-q" "name=hoge")))
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "service.yml" "functions:\n  shop: {clj: karamon.dev.main-test/chatty, memorySize: '${param:mb, 300}'}\n")
      (are [arguments out] (= [0 out] ((juxt :exit :out) (apply run "invoke" "shop" "-c" (str folder "/service.yml") arguments)))
        []                                        "[\"shop\",300,true]\n"
        ["--param" "mb=512"]                      "[\"shop\",512,true]\n"
        ["--function-name" "x" "--memory" "128"] "[\"x\",128,true]\n"))))

(deftest handlers-are-loaded-from-given-source-folders
  (temp/call-with-folder
    (fn [folder]
      (temp/save folder "a/from_src/base.clj" "(ns from-src.base) (defn f [] 1)")
      (temp/save folder "b/from_src/app.clj" "(ns from-src.app (:require [from-src.base :as b])) (defn run [_ _] (b/f))")
      (doseq [sources [["--sources" (str folder "/a") "--sources" (str folder "/b")]
                       ["--sources" (str folder "/a" File/pathSeparator folder "/b")]]]
        (remove-ns 'from-src.app)
        (dosync (commute @#'clojure.core/*loaded-libs* disj 'from-src.app))
        (is (= {:exit 0, :out "1\n", :err ""} (apply run "invoke" "from-src.app/run" sources)))))))

(deftest a-handlers-output-goes-to-stderr-and-the-result-to-stdout
  (is (= {:exit 0, :out "[\"shop\",256,true]\n", :err "on *out*\n"}
         (run "invoke" "karamon.dev.main-test/chatty" "--function-name" "shop" "--timeout" "900" "--memory" "256"))))

(deftest a-service-is-read-from-standard-input-and-the-process-ends-with-it
  (let [process (start "serve" "--port" "0" "--config" "-" "--sources" "nowhere")]
    (try
      (let [in  (.outputWriter process)
            out (.inputReader process)]
        (.write in "{\"service\":\"shop\",\"functions\":{\"hi\":{\"clj\":\"example.core/hello\",\"events\":[{\"http\":\"GET /hi\"}]}}}\n")
        (.flush in)
        (let [lines (doall (take-while #(not= "Saved code is live. Ctrl-C stops." %) (line-seq ^BufferedReader out)))
              port  (some #(second (re-find #"http://127.0.0.1:(\d+)/hi " %)) lines)]
          (is (= "Serving shop:" (first lines)))
          (is (= "{\"hello\":\"world\"}" (:body (client/request {:port port, :path "/hi"})))))
        (.close in)
        (is (.waitFor process 120 TimeUnit/SECONDS))
        (is (= "Stopped." (.readLine ^BufferedReader out))))
      (finally (.destroyForcibly process)))))

(deftest source-folders-are-served-and-reloaded
  (temp/call-with-folder
    (fn [folder]
      (let [save (fn [n] (temp/save folder "src/served/core.clj"
                                    (str "(ns served.core (:require [karamon.gateway :refer [defgateway]]))"
                                         "(defgateway hi [_ _] {:status 200, :body \"" n "\"})")))
            _       (save "first")
            process (start "serve" "--port" "0" "--config" "-" "--sources" "nowhere" "--sources" (str folder "/src"))]
        (try
          (with-open [in (.outputWriter process)]
            (.write in "{\"functions\":{\"hi\":{\"clj\":\"served.core/hi\",\"events\":[{\"http\":\"GET /hi\"}]}}}\n")
            (.flush in)
            (let [port (some #(second (re-find #"http://127.0.0.1:(\d+)/hi " %)) (line-seq ^BufferedReader (.inputReader process)))
                  body #(:body (client/request {:port port, :path "/hi"}))]
              (is (= "first" (body)))
              (save "second")
              (Thread/sleep 100) ; the gateway looks for saved files every 50 ms
              (is (= "second" (body)))))
          (finally (.destroyForcibly process)))))))

(deftest an-exception-of-a-plain-function-is-printed-with-its-trace
  (let [{:keys [exit out err]} (run "invoke" "karamon.dev.main-test/boom")]
    (is (= [1 ""] [exit out]))
    (is (re-find #"(?s)^karamon.dev.main-test/boom threw java.lang.IllegalStateException: boom.*\tat karamon.dev.main_test" err))))

(deftest the-help-of-each-command-begins-with-its-usage
  (doseq [command [["new"] ["serve"] ["invoke"] ["event"] ["test"] ["repl"] ["package"] ["image"] ["train"] ["etag"] ["s3"] ["s3" "stat"] ["s3" "ls"]
                   ["s3" "verify"] ["s3" "cp"] ["s3" "uploads"] ["s3" "md5"] ["s3" "batch"]]
          :let    [{:keys [exit out]} (apply run (conj command "--help"))]]
    (is (= 0 exit))
    (is (str/starts-with? out (str "Usage: karamon " (str/join " " command) " ")))))

(deftest each-mistake-is-one-clear-error
  (are [arguments exit message] (let [{:keys [err] :as result} (apply run arguments)]
                                  (and (= exit (:exit result))
                                       (str/includes? err message)
                                       (not (str/includes? err "\tat "))))
    ["serv"]                                       2 "No command serv. Did you mean serve?"
    ["event"]                                      2 "Expected 1 argument(s), found 0"
    ["event" "sqz"]                                2 "Did you mean sqs?"
    ["nwe" "my-app"]                               2 "No command nwe. Did you mean new?"
    ["new"]                                        2 "Expected 1 argument(s), found 0"
    ["new" "my app"]                               2 "No project can be named \"my app\""
    ["new" "src-clj"]                              1 "src-clj has files already, such as karamon"
    ["serve" "--prot" "1"]                         2 "No option --prot. Did you mean --port?"
    ["serve" "--port" "x"]                         2 "must be a number from 0 to 65535"
    ["serve" "--source" "soap"]                    2 "must be one of rest, http, http-1.0, function-url, alb, lattice"
    ["serve" "-c" "nowhere.yml"]                   1 "No nowhere.yml here"
    ["test" "--wach"]                              2 "No option --wach. Did you mean --watch?"
    ["test" "--tests" "tst"]                       1 "No folder tst in "
    ["invoke"]                                     2 "Expected 1 argument(s), found 0"
    ["invoke" "example.core/helo"]                 1 "Did you mean hello?"
    ["invoke" "exmple.core/hello"]                 1 "Did you mean example.core?"
    ["invoke" "helo"]                              2 "No function helo with clj: namespace/name in serverless.yml. Did you mean hello?"
    ["invoke" "hello" "-c" "nowhere.yml"]          2 "or a function's name in nowhere.yml, which isn't here; found hello"
    ["invoke" "/hello"]                            2 "Expected NAMESPACE/NAME, such as example.core/hello, or a function's name, found /hello"
    ["invoke" "example.core/"]                     2 "found example.core/"
    ["invoke" "example.core/hello" "-e" "example/events/hello.json" "-q" "a=b" "-X" "GET"]
    2 "--event is a whole event: give it alone, without --method, --query"
    ["invoke" "karamon.dev.main-test/plain" "--path" "/x" "-H" "a:b"]
    2 "isn't a gateway handler: give it an event with --event FILE or --data JSON, without --header, --path"
    ["invoke" "karamon.dev.main-test/plain" "-d" "x"] 1 "--data isn't JSON"
    ["invoke" "example.core/hello" "-e" "src-clj"] 1 "src-clj"
    ["invoke" "example.core/hello" "--timeout" "0"] 2 "must be a whole number from 1 to 900"
    ["invoke" "example.core/hello" "--memory" "lots"] 2 "must be a whole number from 128 to 10240"
    ["serve" "--stage" "/"]                        2 "must be one name, such as dev"
    ["serve" "--stage" "a/b"]                      2 "must be one name, such as dev"
    ["serve" "--param" "a"]                        2 "must be NAME=VALUE"
    ["invoke" "hello" "--stage" "a/b"]             2 "must be one name, such as dev"
    ["serve" "--port" "0" "--host" "no.such.host.invalid"] 1 "Can't listen on no.such.host.invalid"
    ["serve" "-c" "src-clj"]                       1 "No src-clj here"
    ["repl" "-c" "nowhere.yml"]                    1 "No nowhere.yml here"
    ["invoke" "example.core/hello" "-q" "name"]    2 "must be NAME=VALUE"
    ["invoke" "example.core/hello" "-e" "none.json"] 1 "No event file none.json"
    ["invoke" "example.core/hello" "-e" "pom.xml"] 1 "pom.xml isn't JSON"))

(deftest event-prints-a-sample-to-edit
  (doseq [kind sample/kinds]
    (let [{:keys [exit out]} (run "event" (name kind))]
      (is (= 0 exit) kind)
      (is (coll? (JsonReader/read ^String out Keys/STRINGS)) kind)))
  (is (= (slurp "src-clj/karamon/local/samples/sqs.json") (:out (run "event" "sqs"))))
  (is (str/includes? (:out (run "event" "--help")) "KIND is one of sqs, sqs-fifo, sqs-pipe, sns,")))

(deftest a-repl-has-the-project-loaded
  (let [process (start "repl")]
    (try
      (with-open [in (.outputWriter process)]
        (.write in "(:body (local/invoke #'example.core/hello {:query {:name \"hoge\"}}))\n"))
      (let [out (slurp (.getInputStream process))]
        (is (str/includes? out "Try (local/invoke #'example.core/echo {:method :post, :path \"/echo\"})\n"))
        (is (str/includes? out "\"{\\\"hello\\\":\\\"hoge\\\"}\"")))
      (is (.waitFor process 120 TimeUnit/SECONDS))
      (is (zero? (.exitValue process)))
      (finally (.destroyForcibly process)))))

(def ^:private script
  "The program that runs a command on a pseudo-terminal, in util-linux."
  "/usr/bin/script")

(defn- on-a-terminal
  "Starts the REPL on a pseudo-terminal, with a folder for the history."
  ^Process [folder]
  (let [^java.util.List command [script "-qec" "exec \"$JAVA\" -XX:TieredStopAtLevel=1 -cp \"$CP\" clojure.main -m karamon.dev.main repl" "/dev/null"]
        builder (doto (ProcessBuilder. command) (.redirectErrorStream true))]
    (doto (.environment builder)
      (.put "JAVA" (str (System/getProperty "java.home") "/bin/java"))
      (.put "CP" (System/getProperty "java.class.path"))
      (.put "TERM" "xterm")
      (.put "XDG_STATE_HOME" (str folder)))
    (.start builder)))

(defn- read-up-to
  "Returns what a process prints up to `end`."
  [^BufferedReader out end]
  (let [text (StringBuilder.)]
    (loop []
      (let [c (.read out)]
        (when-not (neg? c)
          (.append text (char c))
          (when-not (str/ends-with? (str text) end)
            (recur)))))
    (str text)))

(deftest a-repl-on-a-terminal-edits-lines-and-keeps-a-history
  (if-not (.canExecute (io/file script))
    (do (println (str "skipped  a test of karamon.dev.main-test: there is no " script))
        (throw (TestAbortedException. (str "there is no " script))))
    (temp/call-with-folder
      (fn [folder]
        (let [process (on-a-terminal folder)]
          (try
            (let [out  (.inputReader process)
                  in   (.outputWriter process)
                  send #(doto in (.write ^String %) (.flush))]
              (is (str/includes? (read-up-to out "user=> ") "Loaded example.core"))
              (send "(re-fi\t #\"b+\" \"abbc\")\r")
              (is (str/includes? (read-up-to out "\"bb\"\r\n") "(re-find "))
              (read-up-to out "user=> ")
              (send "(do (println \"begun\") (Thread/sleep 600000))\r")
              (read-up-to out "begun\r\n")
              (send "\u0003")
              (is (str/includes? (read-up-to out "user=> ") "Interrupted."))
              (send "\u0004")
              (is (.waitFor process 120 TimeUnit/SECONDS))
              (is (zero? (.exitValue process))))
            (let [history (io/file folder "karamon/repl-history")]
              (is (str/includes? (slurp history) "(re-find "))
              (is (= "rw-------" (PosixFilePermissions/toString (Files/getPosixFilePermissions (.toPath history) (make-array LinkOption 0))))))
            (finally (.destroyForcibly process))))))))

(deftest an-unexpected-exception-is-printed-in-one-line
  (with-redefs [karamon.dev.call.invoke/run (fn [& _] (throw (java.io.IOException. "disk full")))]
    (is (= {:exit 1, :out "", :err "java.io.IOException: disk full\n"} (run "invoke" "a/b")))))

(deftest serve-prints-its-routes-and-stops-cleanly
  (let [process (start "serve" "--port" "0")]
    (try
      (let [out   (.inputReader process)
            lines (doall (take-while #(not= "Saved code is live. Ctrl-C stops." %) (line-seq ^BufferedReader out)))
            port  (some #(second (re-find #"http://127.0.0.1:(\d+)/hello " %)) lines)]
        (is (= "Serving karamon-example:" (first lines)))
        (is (some #(re-find #"^  GET   http://127.0.0.1:\d+/hello/\{name\} +REST API +example.core/greet$" %) lines))
        (is (some #(re-find #"^  POST  http://127.0.0.1:\d+/_karamon/invoke/tick +any event +example.events/tick$" %) lines))
        (is (= "{\"hello\":\"world\"}" (:body (client/request {:port port, :path "/hello"}))))
        (.destroy (.toHandle process))
        (is (.waitFor process 120 TimeUnit/SECONDS))
        (is (= "Stopped." (.readLine ^BufferedReader out)))
        (is (thrown? java.net.ConnectException (client/request {:port port, :path "/hello"}))))
      (finally (.destroyForcibly process)))))

(deftest the-help-lists-the-commands
  (let [{:keys [exit out]} (run "help")
        listed (set (map second (re-seq #"(?m)^  (\w+) " out)))]
    (is (= 0 exit))
    (is (= [] (remove listed (cons "completion" (keys @#'main/commands)))))
    (is (= [] (remove (into #{"table" "classpath" "completion" "help" "version"} (keys @#'main/commands)) listed)))
    (is (= {:exit 0, :err "", :out (:out (run "serve" "--help"))} (run "help" "serve")))
    (is (= {:exit 0, :err "", :out (:out (run "s3" "stat" "--help"))} (run "help" "s3" "stat")))
    (is (re-find #"^karamon \S" (:out (run "--version"))))))

(deftest output-that-is-lost-is-an-error
  (let [written #'main/written
        err     (java.io.StringWriter.)
        full    (java.io.PrintStream. (proxy [java.io.OutputStream] []
                                        (write [& _] (throw (java.io.IOException. "No space left on device")))))]
    (.print full "x")
    (is (= [0 2] (map #(written % (java.io.PrintStream. (java.io.ByteArrayOutputStream.))) [0 2])))
    (is (= [1 1 2] (binding [*err* err] (mapv #(written % full) [0 1 2]))))
    (is (str/starts-with? (str err) "The output couldn't be written in full"))))
