(ns karamon.dev.call.function
  "The handler of `invoke`, given by the name of a function in serverless.yml. Apart from `invoke`, which most calls don't need this
  for: reading serverless.yml takes a third of the classes."
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.environment :as environment]
   [karamon.dev.gateway.environment.child :as child]
   [karamon.dev.gateway.service :as service]
   [karamon.dev.options :as options])
  (:import
   (karamon.text Nearest Shown)))

(set! *warn-on-reflection* true)

(defn- find-function
  "Returns the function of the service in `config` that is named `name`, as `karamon.dev.gateway.service/parse` does, with the
  service's `:dotenv`. Throws ex-info of `:type` `:karamon.dev.options/wrong` if there is none."
  [name {:keys [config] :as options}]
  (when-not (service/find-file config)
    (throw (options/wrong (str "Expected NAMESPACE/NAME, such as example.core/hello, or a function's name in " config
                               ", which isn't here; found " (Shown/text name)))))
  (let [{:keys [functions dotenv]} (service/load-service config (select-keys options [:stage :params]))
        names (mapv :name functions)]
    (or (some #(when (= name (:name %)) (assoc % :dotenv dotenv)) functions)
        (throw (options/wrong (str "No function " (Shown/text name) " with clj: namespace/name in " config "."
                                   (Nearest/hint name (concat names (map :handler functions)))
                                   (if (seq names)
                                     (str " It has " (str/join ", " (sort names)) ".")
                                     " It has none.")
                                   " A handler is named NAMESPACE/NAME."))))))

(defn run
  "Calls `f` with `options`, to which the handler of the function `name` is added under `:handler`, and the function's name, timeout
  and memory where they aren't given. `f` runs in a process that has the function's environment variables: if this one lacks any,
  another one runs the command `arguments` again. Returns what `f` returns, which is the exit code.

  Throws ex-info of `:type` `:karamon.dev.options/wrong` if serverless.yml has no such function."
  [name options arguments f]
  (let [{:keys [handler dotenv] :as found} (find-function name options)]
    (or (environment/run-in-child {:functions [found], :dotenv dotenv} arguments)
        (do (child/follow-parent!)
            (f (merge (assoc (select-keys found [:timeout-ms :memory-mb]) :function-name name)
                      options
                      {:handler handler}))))))
