;; Invokes this project's handler with the library as a dependency. A failed assertion ends the process with an error.
(require '[clojure.java.io :as io] '[greeter.api :as api] '[karamon.local :as local])

(doseq [source [:rest :http :function-url :alb]
        :let   [response (local/invoke #'api/greet {:source source, :path "/greet", :query {:name "hoge"}})]]
  (assert (= {:status 200, :headers {:content-type "application/json"}, :cookies [], :body "{\"hello\":\"hoge\"}"}
             response)
          (pr-str source response)))

;; Karamon's tools for development machines must not become dependencies of projects that use the library.
(doseq [unwanted ["org/eclipse/jetty/server/Server.class"
                  "com/fasterxml/jackson/databind/ObjectMapper.class"
                  "org/snakeyaml/engine/v2/api/Load.class"
                  "clojure/tools/cli.cljc"
                  "clojure/tools/namespace/repl.clj"
                  "org/slf4j/Logger.class"
                  "org/junit/jupiter/api/Test.class"
                  "com/amazonaws/services/lambda/runtime/api/client/AWSLambda.class"]]
  (assert (nil? (io/resource unwanted)) (str unwanted " is on the class path")))

(println "The library works as a dependency")
(shutdown-agents)
