(ns karamon.dev.gateway
  "The local gateway in your own REPL: that of `lein repl`, of `clj`, or of an editor. It serves the functions of serverless.yml as
  `./karamon serve` does, in the process of the REPL, so a handler that you evaluate answers the next request. Saved files are
  loaded before a request, as long as they are in `:sources`.

      (require '[karamon.dev.gateway :as gateway])

      (gateway/start {:port 3000})
      (gateway/stop)

  A process has one gateway at a time. It doesn't keep the process from ending."
  (:require
   [clojure.string :as str]
   [karamon.dev.folders :as folders]
   [karamon.dev.gateway.serve :as serve]
   [karamon.dev.options :as options])
  (:import
   (java.io Closeable)
   (karamon.text Options)))

(set! *warn-on-reflection* true)

(def ^:private option-checks
  {:port    ["a number from 0 to 65535" #(and (int? %) (<= 0 % 65535))]
   :host    ["an address or a host name, a string" #(and (string? %) (not (str/blank? %)))]
   :stage   ["one name, such as \"dev\"" #(and (string? %) (re-matches #"[^/\s]+" %))]
   :params  ["a map of strings to strings" #(and (map? %) (every? string? (mapcat identity %)))]
   :source  ["one of :rest, :http, :http-1.0, :function-url, :alb, :lattice" (set options/served-sources)]
   :config  ["the path of a file, a string" string?]
   :schedules ["true or false" boolean?]
   :origins ["a sequence of origins, such as \"https://shop.example\"" #(and (sequential? %) (every? string? %))]
   :sources ["a sequence of folders, strings" #(and (sequential? %) (every? string? %))]
   :no-console ["true or false" boolean?]})

(defonce ^:private running
  ;; The gateway of this process, or nil. It survives a reload of this namespace.
  (atom nil))

(defn stop
  "Stops the gateway of this process. Does nothing if there is none. Returns nil."
  []
  (locking running
    (when-let [gateway @running]
      (.close ^Closeable gateway)
      (reset! running nil))))

(defn- logger
  "Returns a function that prints texts where stderr of this REPL goes. The gateway's own threads have no such binding."
  []
  (let [err *err*]
    (fn [text]
      (binding [*out* err]
        (print (str (str/trim-newline text) "\n"))
        (flush)))))

(defn start
  "Starts the gateway, and prints its routes. Stops the previous one of this process first.

  * `:port` -- the port to listen on; 0 picks a free one (default 3000)
  * `:host` -- the address to listen on, or a name of it (default \"127.0.0.1\")
  * `:stage` -- the stage, for the variables of serverless.yml; REST and HTTP API routes are then under /STAGE/, as on AWS (default:
    the provider's, or dev, without a path)
  * `:params` -- the values of `${param:…}` in serverless.yml, a map of strings
  * `:source` -- imitates one source for every route: `:rest`, `:http`, `:http-1.0`, `:function-url`, `:alb` or `:lattice`
    (default: the one that each event declares)
  * `:config` -- the file that declares the functions (default \"serverless.yml\")
  * `:schedules` -- whether schedules fire (default false)
  * `:origins` -- the origins whose pages may open WebSockets, besides those of this machine (default none)
  * `:sources` -- the folders whose files are loaded when they are saved (default: src, src-clj)
  * `:no-console` -- whether to serve no console at /_karamon/ (default false)

  Returns a map of `:port` and `:stop`, a function without arguments that stops this gateway. Requests, and the logs of handlers,
  are printed where stderr of the REPL goes.

  Throws ex-info of `:type`

  * `:karamon.dev.gateway/bad-option` -- an unknown option, or a wrong value
  * `:karamon.dev.gateway.service/no-file` -- there is no such file
  * `:karamon.dev.gateway.service/bad-service`, `:karamon.dev.gateway.yaml/malformed` -- it can't be read
  * `:karamon.dev.gateway.server/port-taken`, `:karamon.dev.gateway.server/no-listening` -- nothing can listen there"
  ([] (start {}))
  ([options]
   (Options/check options option-checks "the local gateway" ::bad-option)
   (locking running
     (stop)
     (let [options (-> (merge {:port 3000, :host "127.0.0.1", :config "serverless.yml"} options)
                       (assoc :log (logger)))
           gateway (folders/call-with (folders/existing (:sources options)) #(serve/start options))]
       (reset! running gateway)
       {:port (:port gateway)
        :stop #(locking running
                 (when (identical? gateway @running)
                   (stop)))}))))
