(ns todo.core
  "The todo lists of users. They are in memory, which is enough for one process: deployed, they would be in a table."
  (:require
   [karamon.context :as context]
   [karamon.gateway :refer [defgateway]]
   [karamon.lambda :refer [defbatch json]]
   [todo.notify :as notify]))

(set! *warn-on-reflection* true)

(def ^:private lists
  "User to the user's todos, by their ids."
  (atom {}))

(defn- user [event]
  (get-in event [:context :authorizer :jwt :claims :sub]))

(defn- max-todos [ctx]
  (parse-long (context/env ctx :TODO_MAX)))

(defn- add!
  "Adds a todo to a user's list, and notifies the user. Returns the todo; nil if the list is full."
  [user title limit]
  (let [[before after] (swap-vals! lists update user
                         (fn [todos]
                           (let [id (inc (count todos))]
                             (cond-> (or todos (sorted-map)) (<= id limit) (assoc id {:id id, :title title, :done false})))))]
    (when-not (= (before user) (after user))
      (let [todo (val (last (after user)))]
        (notify/push! user {:type "added", :todo todo})
        todo))))

(defgateway list-todos [event ctx]
  {:body {:stage (context/env ctx :TODO_STAGE), :user (user event), :todos (vals (@lists (user event)))}})

(defgateway add-todo [event ctx]
  (let [{:keys [title]} (json (:body event))]
    (if (and (string? title) (<= 1 (count title) 200))
      (if-let [todo (add! (user event) title (max-todos ctx))]
        {:status 201, :body todo}
        {:status 409, :body {:message (str "A list has at most " (max-todos ctx) " todos")}})
      {:status 400, :body {:message "title must be a text of 1 to 200 characters"}})))

(defgateway change-todo [event _]
  (let [user (user event)
        id   (some-> (get-in event [:path-parameters :id]) parse-long)]
    (if (get-in @lists [user id])
      (let [todo (get-in (swap! lists assoc-in [user id :done] (boolean (:done (json (:body event))))) [user id])]
        (notify/push! user {:type "changed", :todo todo})
        {:body todo})
      {:status 404, :body {:message "No such todo"}})))

(defgateway make-ticket [event _]
  {:status 201, :body {:ticket (notify/ticket! (user event))}})

(defbatch import-todos
  "Adds the todo of each message, such as {\"user\": \"ann\", \"title\": \"milk\"}."
  [{:keys [body]} ctx]
  (let [{:keys [user title]} (json body)]
    (when-not (and user title)
      (throw (ex-info "A message needs a user and a title" {:body body})))
    (add! user title (max-todos ctx))))
