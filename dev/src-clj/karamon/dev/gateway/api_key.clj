(ns karamon.dev.gateway.api-key
  "The API keys of a REST API: its events with `private: true` need one of them in the header x-api-key. AWS makes the values that
  `provider.apiGateway.apiKeys` leaves out; here a key without a value is its name, which is printed at start.
  https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-setup-api-key-with-console.html"
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.cors :as cors]
   [karamon.dev.gateway.error :refer [message-response]]))

(set! *warn-on-reflection* true)

(def ^:private stand-in
  "The key of a service that declares none: on AWS nobody could call its private routes."
  {:name "local", :value "local-api-key"})

(defn- declared
  "Returns the keys that one entry of `apiKeys` declares: a name, a key, or keys by the name of their usage plan."
  [entry]
  (cond
    (string? entry) [{:name entry}]
    (not (map? entry)) []
    (some entry ["name" "value"]) (when-not (= false (entry "enabled"))
                                    [{:name (str (entry "name" (entry "value"))), :value (some-> (entry "value") str)}])
    :else (mapcat declared (apply concat (filter sequential? (vals entry))))))

(defn api-keys
  "Returns the keys of a service, maps of `:name` and `:value`; none if none of its routes is private."
  [{:keys [api-gateway functions]}]
  (when (some :private (mapcat :routes functions))
    (let [found (vec (mapcat declared (let [entries (get api-gateway "apiKeys")] (when (sequential? entries) entries))))]
      (if (seq found)
        (mapv #(update % :value (fn [value] (or value (:name %)))) found)
        [stand-in]))))

(defn notice
  "Returns the text for the start that lists `keys`; nil if there are none."
  [api-keys]
  (when (seq api-keys)
    (str "Routes with private: true need one of these headers:\n"
         (str/join "\n" (map #(str "  x-api-key: " (:value %)) api-keys)))))

(defn check
  "Returns the key that a request to a private `route` has, as `:key`, or the `:response` that refuses the request. `usage-key` is
  the one that an authorizer returned, which `apiKeySourceType: AUTHORIZER` uses instead of the header."
  [{:keys [api-gateway]} api-keys {:keys [private source]} request usage-key]
  (when (and private (= :rest source))
    (let [sent (if (= "AUTHORIZER" (str/upper-case (str (get api-gateway "apiKeySourceType"))))
                 usage-key
                 (cors/header request "x-api-key"))]
      (if-let [found (when sent (first (filter #(= sent (:value %)) api-keys)))]
        {:key found}
        {:response (message-response 403 {:message "Forbidden"})}))))
