(ns karamon.dev.gateway.routes
  "Finds the function for a request as the services do. For API Gateway, a fixed segment takes precedence over a parameter, a
  parameter over a greedy one, and a method over ANY; a route without the request's method leaves it to a less specific one, in
  REST APIs too. For a load balancer, the rule of the lowest priority number whose conditions are met counts.

  One port serves many hosts. On the plain address every declared route answers; if two have the same method and path, the
  first one does. On rest.localhost, http-api.localhost and alb.localhost only that service's routes answer. Each function
  URL has its own host, NAME.lambda-url.localhost, as on AWS. A load balancer's host condition is met by HOST.alb.localhost and by
  the host itself."
  (:require
   [clojure.set :as set]
   [clojure.string :as str]
   [karamon.dev.gateway.alb :as alb]
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

(defn url-host?
  "Returns true if `host` is that of a function's URL."
  [host]
  (str/ends-with? (str/lower-case (or host "")) url-suffix))

(defn- imitated
  "Returns the route with the `:source` to imitate, and with the `:stage` if that source has stages. `:service` keeps the
  declared source, by which `hosts` selects routes."
  [route {:keys [stage imitate]}]
  (let [source (case imitate nil (:source route), :http-1.0 :http, imitate)]
    (cond-> (assoc route :service (:source route), :source source)
      imitate (assoc :payload-1 (= :http-1.0 imitate))
      (and stage (#{:rest :http} source)) (assoc :stage stage))))

(defn- place
  "Returns what requests to the plain address find a route by."
  [{:keys [stage method path conditions]}]
  [stage method path (not-empty (dissoc conditions :host :ip))])

(defn- by-priority [routes]
  (sort-by #(:priority % Long/MAX_VALUE) routes))

(defn- first-of
  "Returns the route of those at one place that answers on the plain address."
  [[route :as routes]]
  (if (= :alb (:service route))
    (first (by-priority (filter #(= :alb (:service %)) routes)))
    route))

(defn- other-host
  "Returns the host on which a route answers that doesn't on the plain address; nil if there is none. `firsts` are the routes that
  come first at their place, for each service."
  [firsts {:keys [service conditions] :as route}]
  (or (alb/reachable-host conditions)
      (when (= route (firsts [service (place route)]))
        ((set/map-invert hosts) service))))

(defn table
  "Returns every route of a service, in order, each with its `:function`: those that its events declare, then the function
  URLs, which have their own `:host`. If an earlier route has the same method and path, requests to the plain address don't
  reach the later one; its `:other-host` is the host that does, and it is `:hidden` if there is none.

  * `:imitate` -- a source for every route (default: the one its event declares). `:http-1.0` makes the `:source` `:http` and
    `:payload-1` true, as `payload: '1.0'` of an httpApi does
  * `:stage` -- the stage of REST and HTTP API routes, which get it as their `:stage` (default none)"
  ([service] (table service {}))
  ([{:keys [functions]} options]
   (let [declared (for [f functions, route (:routes f)]
                    (imitated (assoc route :function f) options))
         firsts   (update-vals (group-by place declared) first-of)
         own      (update-vals (group-by (juxt :service place) declared) first-of)]
     (concat
       (for [route declared]
         (if (= route (firsts (place route)))
           route
           (if-let [host (other-host own route)]
             (assoc route :other-host host)
             (assoc route :hidden true))))
       (for [f functions :when (:url f)]
         (imitated {:source :function-url, :method :any, :path "/{proxy+}", :catch-all true, :host (url-host (:name f)), :function f}
                   options))))))

(defn full-path
  "Returns the route's path as a client writes it, with the stage in front."
  [{:keys [stage path]}]
  (str (when stage (str "/" stage)) path))

(defn by-function
  "Returns `:service`, its name, and `:functions`, each with `:name`, `:handler` and `:routes`: `:method`, `:source`, the `:path` as a
  client writes it, and the `:host` if it isn't the plain address. `table` is what `table` returns for the service."
  [{:keys [service functions]} table]
  {:service   service
   :functions (for [{:keys [name handler]} functions]
                {:name    name
                 :handler handler
                 :routes  (for [{:keys [method source host other-host catch-all] :as route} table
                                :when (= name (:name (:function route)))]
                            {:method method, :source source, :host (or host other-host)
                             :path   (full-path (cond-> route catch-all (assoc :path "/")))})})})

(defn without-stage
  "Returns `path` without /STAGE in front; nil if the path doesn't begin with it."
  [path stage]
  (cond
    (= path (str "/" stage))                    "/"
    (str/starts-with? path (str "/" stage "/")) (subs path (inc (count stage)))))

(defn- specificity
  "Returns the sort key of a route: the most specific route sorts first."
  [{:keys [path method catch-all]}]
  [(mapv #(cond (str/ends-with? % "+}") 2, (re-find #"^\{|[*?]" %) 1, :else 0) (str/split path #"/"))
   [(if (= :any method) 1 0) (if catch-all 1 0)]])

(defn- compare-specificity [a b]
  (let [[as am] (specificity a)
        [bs bm] (specificity b)
        width   (max (count as) (count bs))
        pad     #(into % (repeat (- width (count %)) 0))
        by-path (compare (pad as) (pad bs))]
    (if (zero? by-path) (compare am bm) by-path)))

(defn- path-matches? [{:keys [source stage catch-all pattern] :as route} path]
  (when-let [path (if stage (without-stage path stage) path)]
    (cond
      catch-all true
      pattern   (alb/path-like? pattern path)
      :else     (event/path-parameters source (:path route) path))))

(defn- matches? [host method path request {:keys [conditions] :as route}]
  (and (or (= :any (:method route)) (= method (:method route)))
       (path-matches? route path)
       (or (nil? conditions) (alb/met? conditions host request))))

(defn declared-host?
  "Returns true if a load balancer's host condition declares `host`."
  [routes host]
  (alb/declared-host? (mapcat (comp :host :conditions) routes) (or host "")))

(defn- answers-on
  "Returns the predicate of the routes that answer on `host`."
  [routes host]
  (cond
    (str/ends-with? host url-suffix) #(= host (str/lower-case (:host % "")))
    (hosts host)                     #(= (hosts host) (:service %))
    (or (str/ends-with? host ".alb.localhost") (declared-host? routes host)) #(= :alb (:service %))
    :else                            #(nil? (:host %))))

(defn- candidates
  "Returns the routes without those of a load balancer that a rule of lower priority number precedes."
  [routes]
  (let [{rules true, others false} (group-by #(= :alb (:service %)) routes)]
    (if (some :priority rules)
      (filter (set (cons (first (by-priority rules)) others)) routes)
      routes)))

(defn find-route
  "Returns the route for a request to `host` (without port), or nil if none matches. `request` has `:headers` and `:query-string`,
  for the conditions of a load balancer."
  ([routes host method path] (find-route routes host method path {}))
  ([routes host method path request]
   (let [host     (str/lower-case (or host ""))
         on-host? (answers-on routes host)]
     (->> routes
          (filter #(and (on-host? %) (matches? host method path request %)))
          candidates
          (sort compare-specificity)
          first))))
