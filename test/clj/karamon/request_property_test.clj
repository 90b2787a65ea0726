(ns karamon.request-property-test
  "A request becomes the same request map from every source, except for data that the source can't carry:

  * payload 2.0 joins repeated headers with commas, so `:headers-all` has one value;
  * a load balancer that sends single values keeps only the last of each header and query parameter;
  * a load balancer has no route, no path parameters and no stage variables;
  * a WebSocket message has no method, path, headers or query: it isn't among these."
  (:require
   [clojure.string :as str]
   [clojure.test.check.clojure-test :refer [defspec]]
   [clojure.test.check.generators :as gen]
   [clojure.test.check.properties :as prop]
   [karamon.local :as local]
   [karamon.test-events :as events])
  (:import
   (karamon.test Depth)
   (karamon.text Percent)))

(set! *warn-on-reflection* true)

(def ^:private any-text
  "Text with characters that are special in URLs, forms, headers and JSON."
  (gen/fmap #(apply str %)
            (gen/vector (gen/one-of [gen/char-alphanumeric
                                     (gen/elements ["%" "+" "&" "=" "," ";" " " "/" "?" "#" "[" "]"
                                                    "\"" "\\" "%2B" "%zz" "é" "😀" "\u0001"])]) 0 12)))

(def ^:private token (gen/not-empty gen/string-alphanumeric))

(def ^:private header-name
  (gen/such-that #(not (#{"cookie" "host" "content-type" "content-encoding" "content-length"} %)) (gen/fmap str/lower-case token)))

(def ^:private header-value (gen/fmap #(str/join " " %) (gen/vector token 0 3)))

(def ^:private body
  (gen/one-of [(gen/return nil)
               (gen/tuple (gen/elements ["text/plain" "application/json" "application/xml" "text/csv; charset=utf-8"])
                          (gen/not-empty any-text))
               (gen/tuple (gen/elements ["application/octet-stream" "image/png"]) (gen/not-empty gen/bytes))]))

(def ^:private requests
  (gen/let [method    (gen/elements [:get :post :put :delete :patch :head :options])
            segments  (gen/vector any-text 0 4)
            query     (gen/map any-text (gen/vector any-text 1 3) {:max-elements 5})
            headers   (gen/map header-name (gen/vector header-value 1 3) {:max-elements 5})
            cookies   (gen/map token token {:max-elements 3})
            [type bs] body
            variables (gen/map token token {:max-elements 2})]
    {:method          method
     :path            (str "/" (str/join "/" (map #(Percent/encode %) segments)))
     :query           query
     :headers         (cond-> headers type (assoc "content-type" [type]))
     :cookies         cookies
     :body            bs
     :stage-variables variables}))

(defn- keyed [m] (update-keys m keyword))

(defn- expected [{:keys [method path query headers cookies body stage-variables]}]
  {:method          method
   :path            path
   :query           (keyed (update-vals query peek))
   :query-all       (keyed query)
   :headers         (keyed (update-vals headers #(str/join "," %)))
   :headers-all     (keyed headers)
   :cookies         cookies
   :body            (if (bytes? body) (vec body) body)
   :stage-variables (keyed stage-variables)})

(defn- last-values [m] (update-vals m (comp vector peek)))

(defn- carried
  "Returns the part of a request map that the source can carry."
  [request {:keys [source multi-value]}]
  (cond-> request
    (#{:http :function-url} source)
    (assoc :headers-all (update-vals (:headers request) vector))

    ;; An HTTP API decodes the path, so a slash in a segment becomes one between segments, and so on.
    (#{:http :http-1.0} source)
    (update :path #(Percent/encodeDecodedPath (Percent/decode % false)))

    (#{:alb :lattice} source)
    (assoc :stage-variables {})

    (and (= :alb source) (not multi-value))
    (-> (update :query-all last-values)
        (update :headers-all last-values)
        (as-> r (assoc r :headers (update-vals (:headers-all r) peek))))))

(defn- seen
  "Returns the request map for the source's event, without the headers that the services add."
  [request on]
  (let [added [:host :x-forwarded-for :x-forwarded-proto :x-forwarded-port :cookie]]
    (-> (events/request (local/event (merge request on)))
        (select-keys (keys (expected request)))
        (update :headers #(apply dissoc % added))
        (update :headers-all #(apply dissoc % added))
        (update :body #(if (bytes? %) (vec %) %)))))

(defspec a-request-is-the-same-from-every-source {:num-tests (Depth/times 100 300), :max-size 50, :seed 11}
  (prop/for-all [request requests
                 on      (gen/elements [{:source :rest} {:source :http} {:source :http-1.0} {:source :http-1.0, :stage "dev"} {:source :function-url}
                                        {:source :lattice} {:source :alb, :multi-value true} {:source :alb, :multi-value false}])]
    (= (carried (expected request) on) (seen request on))))

(defspec a-query-string-reads-the-same-from-every-source {:num-tests (Depth/times 100 300), :max-size 50, :seed 12}
  (prop/for-all [pairs (gen/vector (gen/tuple (gen/fmap #(Percent/encode %) (gen/not-empty any-text))
                                              (gen/fmap #(Percent/encode %) any-text))
                                   0 12)]
    (let [request {:query-string (not-empty (str/join "&" (map #(str/join "=" %) pairs)))}
          all     #(:query-all (events/request (local/event (merge request %))))]
      (= (all {:source :rest}) (all {:source :http}) (all {:source :function-url}) (all {:source :alb, :multi-value true})
         (all {:source :http-1.0}) (all {:source :lattice})))))

(defspec encoding-a-path-twice-changes-nothing {:num-tests (Depth/times 200 500), :max-size 50, :seed 13}
  (prop/for-all [s any-text]
    (let [once (Percent/encodePath s)]
      (and (= once (Percent/encodePath once))
           (re-matches #"([A-Za-z0-9\-._~/!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*" once)))))

(defspec encoding-and-decoding-is-the-identity {:num-tests (Depth/times 200 500), :max-size 50, :seed 14}
  (prop/for-all [s any-text]
    (let [encoded (Percent/encode s)]
      (= s (Percent/decode encoded true) (Percent/decode encoded false)))))
