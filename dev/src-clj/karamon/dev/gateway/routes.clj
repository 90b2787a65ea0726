(ns karamon.dev.gateway.routes
  "Finds the function for a request as API Gateway does: a fixed segment before a parameter, a parameter before a greedy
  one, a method before ANY.

  One port stands for many hosts. On the plain address every declared route answers, of two for the same method and path
  the one declared first. At rest.localhost, http-api.localhost and alb.localhost only that service's routes do, and each
  function URL has a host of its own, NAME.lambda-url.localhost, as on AWS."
  (:require
   [clojure.set :as set]
   [clojure.string :as str]
   [karamon.local.event :as event]))

(set! *warn-on-reflection* true)

(def hosts
  "The hosts that stand for one service each."
  {"rest.localhost" :rest, "http-api.localhost" :http, "alb.localhost" :alb})

(def ^:private url-suffix ".lambda-url.localhost")

(defn url-host
  "Returns the host of a function's URL."
  [function-name]
  (str function-name url-suffix))

(defn- imitated
  "Returns the route with the source that its events are from, and the stage where that source has one. `:service` keeps
  the source that was declared, which is what hosts go by."
  [route {:keys [stage imitate]}]
  (let [source (or imitate (:source route))]
    (cond-> (assoc route :service (:source route), :source source)
      (and stage (#{:rest :http} source)) (assoc :stage stage))))

(def ^:private place (juxt :stage :method :path))

(defn table
  "Returns every route of a service, in order, each with its `:function`: those that its events declare, then the
  function URLs, which have a `:host` of their own. A route that isn't reached on the plain address, since one before it
  has the same method and path, has the host that reaches it under `:other-host`.

  * `:imitate` -- a source for every route (default: the one its event declares)
  * `:stage` -- what REST and HTTP API routes are under; these have it under `:stage` (default none)"
  ([service] (table service {}))
  ([{:keys [functions]} options]
   (let [declared (for [f functions, route (:routes f)]
                    (imitated (assoc route :function f) options))
         firsts   (into {} (map (juxt place identity)) (reverse declared))
         host-of  (set/map-invert hosts)]
     (concat
       (for [route declared]
         (cond-> route
           (not= route (firsts (place route))) (assoc :other-host (host-of (:service route)))))
       (for [f functions :when (:url f)]
         (imitated {:source :function-url, :method :any, :path "/{proxy+}", :catch-all true, :host (url-host (:name f)), :function f}
                   options))))))

(defn full-path
  "Returns the route's path as a client writes it: under its stage."
  [{:keys [stage path]}]
  (str (when stage (str "/" stage)) path))

(defn without-stage
  "Returns `path` as it is under /STAGE; nil when it isn't there."
  [path stage]
  (cond
    (= path (str "/" stage))                    "/"
    (str/starts-with? path (str "/" stage "/")) (subs path (inc (count stage)))))

(defn- specificity
  "Returns what routes are sorted by: the most particular first."
  [{:keys [path method]}]
  [(mapv #(cond (str/ends-with? % "+}") 2, (str/starts-with? % "{") 1, :else 0) (str/split path #"/"))
   (if (= :any method) 1 0)])

(defn- compare-specificity [a b]
  (let [[as am] (specificity a)
        [bs bm] (specificity b)
        width   (max (count as) (count bs))
        pad     #(into % (repeat (- width (count %)) 0))
        by-path (compare (pad as) (pad bs))]
    (if (zero? by-path) (compare am bm) by-path)))

(defn- fits? [method path route]
  (when-let [path (if-let [stage (:stage route)] (without-stage path stage) path)]
    (and (or (= :any (:method route)) (= method (:method route)))
         (or (:catch-all route) (event/path-parameters (:path route) path)))))

(defn find-route
  "Returns the route for a request to `host` (without port), nil when none fits."
  [routes host method path]
  (let [host   (str/lower-case (or host ""))
        there? (cond
                 (str/ends-with? host url-suffix) #(= host (str/lower-case (:host % "")))
                 (hosts host)                     #(= (hosts host) (:service %))
                 :else                            #(nil? (:host %)))]
    (->> routes
         (filter #(and (there? %) (fits? method path %)))
         (sort compare-specificity)
         first)))
