(ns karamon.dev.gateway.routes
  "Finds the function for a request as API Gateway does: a fixed segment takes precedence over a parameter, a parameter over a
  greedy one, and a method over ANY.

  One port serves many hosts. On the plain address every declared route answers; if two have the same method and path, the
  first one does. On rest.localhost, http-api.localhost and alb.localhost only that service's routes answer. Each function
  URL has its own host, NAME.lambda-url.localhost, as on AWS."
  (:require
   [clojure.set :as set]
   [clojure.string :as str]
   [karamon.local.event :as event]))

(set! *warn-on-reflection* true)

(def hosts
  "Host to the service that it serves."
  {"rest.localhost" :rest, "http-api.localhost" :http, "alb.localhost" :alb})

(def ^:private url-suffix ".lambda-url.localhost")

(defn url-host
  "Returns the host of a function's URL."
  [function-name]
  (str function-name url-suffix))

(defn- imitated
  "Returns the route with the `:source` to imitate, and with the `:stage` if that source has stages. `:service` keeps the
  declared source, by which `hosts` selects routes."
  [route {:keys [stage imitate]}]
  (let [source (or imitate (:source route))]
    (cond-> (assoc route :service (:source route), :source source)
      (and stage (#{:rest :http} source)) (assoc :stage stage))))

(def ^:private place (juxt :stage :method :path))

(defn table
  "Returns every route of a service, in order, each with its `:function`: those that its events declare, then the function
  URLs, which have their own `:host`. If an earlier route has the same method and path, requests to the plain address don't
  reach the later one; its `:other-host` is the host that does.

  * `:imitate` -- a source for every route (default: the one its event declares)
  * `:stage` -- the stage of REST and HTTP API routes, which get it as their `:stage` (default none)"
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
  "Returns the route's path as a client writes it, with the stage in front."
  [{:keys [stage path]}]
  (str (when stage (str "/" stage)) path))

(defn without-stage
  "Returns `path` without /STAGE in front; nil if the path doesn't begin with it."
  [path stage]
  (cond
    (= path (str "/" stage))                    "/"
    (str/starts-with? path (str "/" stage "/")) (subs path (inc (count stage)))))

(defn- specificity
  "Returns the sort key of a route: the most specific route sorts first."
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

(defn- matches? [method path route]
  (when-let [path (if-let [stage (:stage route)] (without-stage path stage) path)]
    (and (or (= :any (:method route)) (= method (:method route)))
         (or (:catch-all route) (event/path-parameters (:path route) path)))))

(defn find-route
  "Returns the route for a request to `host` (without port), or nil if none matches."
  [routes host method path]
  (let [host   (str/lower-case (or host ""))
        on-host? (cond
                   (str/ends-with? host url-suffix) #(= host (str/lower-case (:host % "")))
                   (hosts host)                     #(= (hosts host) (:service %))
                   :else                            #(nil? (:host %)))]
    (->> routes
         (filter #(and (on-host? %) (matches? method path %)))
         (sort compare-specificity)
         first)))
