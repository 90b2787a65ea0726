(ns karamon.response
  "Helpers that make and change response maps of gateway handlers:

      (-> (ok {:hello \"world\"})
          (header :cache-control \"no-store\")
          (cookies {:name \"seen\" :value \"1\" :http-only true}))

  They are plain functions on plain maps; you may as well write `{:status 200 :body …}`."
  (:import
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(defn status
  "Returns `response` with the status `code`, a whole number from 200 to 599."
  [response code]
  (assoc response :status code))

(defn header
  "Returns `response` with the header `name`, a keyword or a string, set to `value`: a string, number or keyword, or a
  collection of those for a repeated header. Replaces a header whose name differs in case only."
  [response name value]
  (let [lower (fn [k] (.toLowerCase (subs (str (if (keyword? k) k (keyword k))) 1) java.util.Locale/ROOT))
        same? #(= (lower name) (lower %))]
    (update response :headers #(assoc (into {} (remove (comp same? key)) %) name value))))

(defn content-type
  "Returns `response` with the content type `value`, such as \"text/html; charset=utf-8\"."
  [response value]
  (header response :content-type value))

(defn cookies
  "Returns `response` with `more` cookies added to those it has: each a Set-Cookie string, or a map of `:name`, `:value` and
  optionally `:path :domain :max-age` (seconds) `:expires` (an instant or a string) `:secure :http-only
  :same-site` (`:lax :strict :none`) `:partitioned`."
  [response & more]
  (update response :cookies #(into (vec %) more)))

(defn ok
  "Returns a 200 with `body`."
  ([] {:status 200})
  ([body] {:status 200, :body body}))

(defn json
  "Returns a 200, or `code`, whose body is `data` as JSON. A string is written as a JSON string, quotes and all; `nil` as
  null."
  ([data] (json data 200))
  ([data code]
   {:status  code
    :headers {:content-type "application/json"}
    :body    (if (or (map? data) (vector? data) (set? data)) data (JsonWriter/string data))}))

(defn text
  "Returns a 200 whose body is the string `s` as plain text."
  [s]
  (content-type (ok s) "text/plain; charset=utf-8"))

(defn html
  "Returns a 200 whose body is the string `s` as HTML."
  [s]
  (content-type (ok s) "text/html; charset=utf-8"))

(defn created
  "Returns a 201 with the URL of the new resource, and `body` if given."
  ([location] {:status 201, :headers {:location location}})
  ([location body] (assoc (created location) :body body)))

(defn accepted
  "Returns a 202, with `body` if given."
  ([] {:status 202})
  ([body] {:status 202, :body body}))

(defn no-content
  "Returns a 204."
  []
  {:status 204})

(defn redirect
  "Returns a redirect to `location`: a 302, or `code`, such as 301 (permanent), 303 (after a POST), 307 or 308 (with the
  same method)."
  ([location] (redirect location 302))
  ([location code] {:status code, :headers {:location location}}))

(defn not-modified
  "Returns a 304."
  []
  {:status 304})

(defn bad-request
  "Returns a 400, with `body` if given."
  ([] {:status 400})
  ([body] {:status 400, :body body}))

(defn unauthorized
  "Returns a 401 with the `www-authenticate` header `challenge`, such as \"Bearer\", and `body` if given."
  ([challenge] {:status 401, :headers {:www-authenticate challenge}})
  ([challenge body] (assoc (unauthorized challenge) :body body)))

(defn forbidden
  "Returns a 403, with `body` if given."
  ([] {:status 403})
  ([body] {:status 403, :body body}))

(defn not-found
  "Returns a 404, with `body` if given."
  ([] {:status 404})
  ([body] {:status 404, :body body}))

(defn conflict
  "Returns a 409, with `body` if given."
  ([] {:status 409})
  ([body] {:status 409, :body body}))

(defn abort
  "Throws an exception that makes `response` the answer to the request, from anywhere in a handler."
  [response]
  (throw (ex-info (str "Aborted with status " (:status response 200)) {:type ::aborted, :karamon/response response})))
