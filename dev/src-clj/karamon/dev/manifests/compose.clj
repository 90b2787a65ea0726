(ns karamon.dev.manifests.compose
  "A service as a file of the Compose Specification. https://github.com/compose-spec/compose-spec/blob/main/spec.md"
  (:require
   [clojure.string :as str]))

(set! *warn-on-reflection* true)

(defn- escaped
  "Returns a value in which Compose replaces no variable."
  [text]
  (str/replace text "$" "$$"))

(defn- container [{:keys [memory-mb environment grace]} image more]
  (merge {:image             image
          :user              "65532:65532"
          :read_only         true
          :tmpfs             ["/tmp"]
          :cap_drop          ["ALL"]
          :security_opt      ["no-new-privileges:true"]
          :mem_limit         (str memory-mb "m")
          :environment       (update-vals environment escaped)
          :stop_grace_period (str grace "s")
          :restart           "unless-stopped"}
         more))

(defn file
  "Returns the content of compose.yaml: the server at port 8080 of this machine, and the consumers of queues."
  [{:keys [server consumers]} image]
  {:services (into {}
                   (concat (when server
                             [[(:name server) (container server image {:ports [(str "127.0.0.1:8080:" (:port server))]})]])
                           (for [consumer consumers :when (:enabled consumer)]
                             [(:name consumer)
                              (container consumer image {:entrypoint ["jre/bin/java" "@java.options" "karamon.server.Sqs"]})])))})
