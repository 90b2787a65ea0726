(ns karamon.dev.console.page
  "The console's pages. A page has no data of users: its script fetches that as JSON, and puts it into text nodes."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.security SecureRandom)
   (java.util Base64)))

(set! *warn-on-reflection* true)

(def ^:private random (delay (SecureRandom.)))

(defn token
  "Returns a new random text, 128 bits in URL-safe base64."
  []
  (let [bs (byte-array 16)]
    (.nextBytes ^SecureRandom @random bs)
    (.encodeToString (.withoutPadding (Base64/getUrlEncoder)) bs)))

(def ^:private part
  "Returns the text of a file next to this one."
  (memoize #(slurp (io/resource (str "karamon/dev/console/" %)))))

(defn- policy [nonce]
  (str "default-src 'none'; script-src 'nonce-" nonce "'; style-src 'nonce-" nonce "'; connect-src 'self'; img-src data:; "
       "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"))

(def no-sniffing
  "Headers of every response of the console."
  {"cache-control"                ["no-store"]
   "cross-origin-resource-policy" ["same-origin"]
   "x-content-type-options"       ["nosniff"]})

(def ^:private scripts
  "The files of a page's script, in order. They are one script, without modules: a page is one response."
  {"page.html"   (map #(str "page/" % ".js") ["base" "list" "panes" "detail" "form" "start"])
   "routes.html" ["routes.js"]})

(defn- html [status file actions-token]
  (let [nonce (token)]
    {:status  status
     :own     true
     :headers (merge no-sniffing
                     {"content-type"               ["text/html; charset=utf-8"]
                      "content-security-policy"    [(policy nonce)]
                      "cross-origin-opener-policy" ["same-origin"]
                      "referrer-policy"            ["no-referrer"]})
     :body    (-> (part file)
                  (str/replace "/* the style */" (part "page.css"))
                  (str/replace "// the script" (str/join "\n" (map part (scripts file))))
                  (str/replace "{{token}}" actions-token)
                  (str/replace "{{nonce}}" nonce)
                  (.getBytes "UTF-8"))}))

(defn console
  "Returns the response with the console's page. Its actions send `actions-token`, which no other page can read."
  [actions-token]
  (html 200 "page.html" actions-token))

(defn routes
  "Returns the response with the page that lists the routes, for a browser that asked for a path without a route."
  [status]
  (html status "routes.html" ""))
