(ns karamon.dev.nrepl-session-test
  "`serve --nrepl` in a process of its own, with a client of nREPL. Both are those of Debian's package libnrepl-clojure: Maven
  Central doesn't have nREPL."
  {:any-jdk true}
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.dev.nrepl :as dev-nrepl]
   [karamon.test.client :as client]
   [karamon.test.sockets :as sockets]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang Compiler DynamicClassLoader ExceptionInfo)
   (java.io BufferedReader Closeable File)
   (java.net ConnectException InetAddress ServerSocket)
   (java.util List)
   (java.util.concurrent TimeUnit)
   (org.opentest4j TestAbortedException)))

(set! *warn-on-reflection* true)

(def ^:private ^File jar (io/file "/usr/share/java/nrepl.jar"))

(defn- expect-nrepl []
  (when-not (.isFile jar)
    (println "skipped  karamon.dev.nrepl-session-test: nREPL isn't installed; apt-get install libnrepl-clojure")
    (throw (TestAbortedException. "nREPL isn't installed"))))

(defn- with-nrepl
  "Calls `f` while this thread's class path has nREPL."
  [f]
  (let [thread (Thread/currentThread)
        before (.getContextClassLoader thread)
        loader (doto (DynamicClassLoader. before) (.addURL (.toURL (.toURI jar))))]
    (.setContextClassLoader thread loader)
    (try
      (with-bindings {Compiler/LOADER loader} (f))
      (finally (.setContextClassLoader thread before)))))

(defn- send-message
  "Returns the combined responses to a message."
  [port message]
  (with-open [^Closeable connection ((requiring-resolve 'nrepl.core/connect) :port port)]
    ((requiring-resolve 'nrepl.core/combine-responses)
     ((requiring-resolve 'nrepl.core/message) ((requiring-resolve 'nrepl.core/client) connection 60000) message))))

(defn- evaluate
  "Evaluates a form in the process, and returns what the client gets: `:value`, or the error."
  [port form]
  (let [response (send-message port {:op "eval", :code (pr-str form)})]
    (or (first (:value response)) response)))

(defn- middleware
  "Returns the source of a namespace with a middleware `wrap`, which answers the operation `op`."
  [ns-name op]
  (str "(ns " ns-name " (:require [nrepl.middleware :refer [set-descriptor!]] [nrepl.misc :refer [response-for]] [nrepl.transport :as t]))\n"
       "(defn wrap [h]\n"
       "  (fn [{:keys [op transport] :as message}]\n"
       "    (if (= " (pr-str op) " op) (t/send transport (response-for message {:status :done, :by \"" ns-name "\"})) (h message))))\n"
       "(set-descriptor! #'wrap {:requires #{}, :expects #{}, :handles {" (pr-str op) " {:doc \"Says who answers.\"}}})\n"))

(defn- project [folder]
  (temp/save folder "serverless.yml" "service: shop\nfunctions:\n  hi:\n    clj: shop.core/hi\n    events:\n      - http: GET /hi\n")
  (temp/save folder "src/shop/core.clj"
             "(ns shop.core (:require [karamon.gateway :refer [defgateway]]))\n(defgateway hi [_ _] {:status 200, :body \"saved\"})\n")
  (temp/save folder "test/shop/core_test.clj" "(ns shop.core-test (:require shop.core))\n(def ready? true)\n")
  (temp/save folder "resources/greeting.txt" "from a resource")
  (temp/save folder ".nrepl.edn" "{:middleware [shop.middleware/wrap]}")
  (temp/save folder "src/shop/middleware.clj" (middleware "shop.middleware" "shop"))
  (temp/save folder "src/cider/nrepl.clj" (str (middleware "cider.nrepl" "cider") "(def cider-middleware '[cider.nrepl/wrap])\n")))

(defn- serve
  "Starts `serve --nrepl` in a project's folder."
  ^Process [^File folder]
  (let [^List command [(str (System/getProperty "java.home") "/bin/java") "-XX:TieredStopAtLevel=1" "-cp"
                       (str/join File/pathSeparator [(io/file folder "src") jar (System/getProperty "java.class.path")])
                       "clojure.main" "-m" "karamon.dev.main" "serve" "--port" "0" "--nrepl" "--sources" "src"]]
    (.start (doto (ProcessBuilder. command)
              (.directory folder)
              (.redirectErrorStream true)))))

(defn- read-ports
  "Returns the ports of the gateway and of nREPL from what `serve` prints."
  [^BufferedReader out]
  (let [lines (doall (take-while #(not= "Saved code is live. Ctrl-C stops." %) (line-seq out)))
        port  (fn [pattern] (or (some #(some-> (second (re-find pattern %)) parse-long) lines)
                                (throw (AssertionError. (str "no port in\n" (str/join "\n" lines))))))]
    [(port #"http://127.0.0.1:(\d+)/hi ")
     (port #"^nREPL server started on port (\d+) on host localhost - nrepl://localhost:\d+$")]))

(deftest evaluating-a-handler-in-an-editor-changes-the-next-request
  (expect-nrepl)
  (temp/call-with-folder
    (fn [folder]
      (project folder)
      (let [process (serve folder)]
        (try
          (let [[gateway port] (read-ports (.inputReader process))
                answer         #(:body (client/request {:port gateway, :path "/hi"}))
                port-file      (io/file folder ".nrepl-port")]
            (is (= (str port) (slurp port-file)))
            (is (= "saved" (answer)))
            (with-nrepl
              (fn []
                (is (= "#'shop.core/hi"
                       (evaluate port '(do (in-ns 'shop.core) (eval '(defgateway hi [_ _] {:status 200, :body "evaluated"}))))))
                (is (= "evaluated" (answer)))
                (testing "no later request undoes it"
                  (is (= "evaluated" (answer))))
                (testing "CIDER's middleware is used, and that of the configuration file"
                  (is (= "cider.nrepl" (:by (send-message port {:op "cider"}))))
                  (is (= "shop.middleware" (:by (send-message port {:op "shop"})))))
                (testing "tests and resources are on the class path"
                  (is (= "true" (evaluate port '(do (require 'shop.core-test) @(resolve 'shop.core-test/ready?)))))
                  (is (= "\"from a resource\"" (evaluate port '(slurp (clojure.java.io/resource "greeting.txt"))))))))
            (testing "a save replaces it"
              (temp/save folder "src/shop/core.clj"
                         "(ns shop.core (:require [karamon.gateway :refer [defgateway]]))\n(defgateway hi [_ _] {:status 200, :body \"saved again\"})\n")
              ;; The gateway looks for saved files every 50 ms.
              (is (some (fn [_] (Thread/sleep 50) (= "saved again" (answer))) (range 200))))
            (testing "a gateway that a client starts in its REPL serves until the client stops it"
              (with-nrepl
                (fn []
                  (let [own (parse-long (evaluate port '(:port ((requiring-resolve 'karamon.dev.gateway/start) {:port 0}))))]
                    (is (= "saved again" (:body (client/request {:port own, :path "/hi"}))))
                    (is (= "nil" (evaluate port '(karamon.dev.gateway/stop))))
                    (is (thrown? ConnectException (client/request {:port own, :path "/hi"})))))))
            (testing "a web page runs no code"
              (sockets/exchange port "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nd4:code20:(spit \"planted\" 1)   2:op4:evale")
              (is (not (.exists (io/file folder "planted")))))
            (.destroy (.toHandle process))
            (is (.waitFor process 120 TimeUnit/SECONDS))
            (is (not (.exists port-file))))
          (finally (.destroyForcibly process)))))))

(deftest a-port-in-use-is-a-clear-error
  (expect-nrepl)
  (with-nrepl
    (fn []
      (with-open [taken (ServerSocket. 0 1 (InetAddress/getByName "127.0.0.1"))]
        (is (thrown-with-msg? ExceptionInfo #"Port \d+ on 127.0.0.1 is taken: choose another with --nrepl PORT"
                              (dev-nrepl/start (.getLocalPort taken))))))))

(deftest a-configuration-file-that-nrepl-cant-read-is-named
  (expect-nrepl)
  (temp/call-with-folder
    (fn [folder]
      (project folder)
      (temp/save folder ".nrepl.edn" "{:middleware [")
      (let [process (serve folder)
            out     (slurp (.getInputStream process))]
        (is (= 1 (.waitFor process)))
        (is (str/includes? out "nREPL can't read its configuration, .nrepl.edn here or nrepl.edn in ~/.nrepl: EOF while reading") out)))))
