(ns karamon.lambda.authorizer
  "Lambda authorizers of REST, WebSocket and HTTP APIs:

      (deflambda guard [event ctx]
        (let [{:keys [arn token]} (authorizer/request event)]
          (if-let [user (user-of token)]
            (authorizer/allow (:id user) arn {:context {:role \"admin\"}})
            (authorizer/unauthorized))))"
  (:require
   [clojure.string :as str]
   [karamon.lambda :as lambda]
   [karamon.lambda.record :as record])
  (:import
   (karamon.http Exchange ReadOptions Source)
   (karamon.json JsonWriter)
   (karamon.text Options Shown)))

(set! *warn-on-reflection* true)

(defn- bad-event [event]
  (throw (record/other-event "an authorizer's event with :method-arn or :route-arn" event)))

(defn request
  "Returns an authorizer's request. For a `TOKEN` authorizer, `{:token \"Bearer …\" :arn \"arn:aws:execute-api:…\"}`. For a
  `REQUEST` authorizer, the request map that the handler behind it would get, as described in docs/handlers.md (`:headers`,
  `:query`, `:cookies`, `:path-parameters`, …), with `:arn`, and `:identity` (the values of its identity sources) if it has
  one. Throws ex-info of `:type` `:karamon.lambda/other-event` for any other event."
  [event]
  (let [{:keys [type method-arn route-arn authorization-token identity-source version] :as event} (lambda/event event)
        arn (or method-arn route-arn)]
    (cond
      (nil? arn)       (bad-event event)
      (= "TOKEN" type) {:token authorization-token, :arn arn}
      :else
      (let [source   (cond (= "2.0" version) :http
                           (= "1.0" version) :http-1.0
                           (get-in event [:request-context :connection-id]) :websocket
                           :else :rest)
            exchange (Exchange/of (JsonWriter/bytes ^Object (or (lambda/raw event) (bad-event event)))
                                  (ReadOptions. nil (Source/of source) false))]
        (cond-> (assoc (.request exchange) :arn arn)
          identity-source (assoc :identity (if (string? identity-source) [identity-source] identity-source)))))))

(defn- check-context [context]
  (doseq [[k v] context :when (not (or (string? v) (number? v) (boolean? v)))]
    (throw (ex-info (str "The context of an authorizer's answer takes strings, numbers and booleans, found " (Shown/of v) " under "
                         (Shown/of k) ": write it as JSON")
                    {:type ::lambda/bad-value, :key k})))
  context)

(defn- policy [effect principal arns opts]
  (Options/check opts #{:context :usage-key} "an authorizer's answer" ::lambda/bad-option)
  (let [{:keys [context usage-key]} opts]
    (cond-> {"principalId"    principal
             "policyDocument" {"Version"   "2012-10-17"
                               "Statement" [{"Action"   ["execute-api:Invoke"]
                                             "Effect"   effect
                                             "Resource" (if (string? arns) [arns] (vec arns))}]}}
      context   (assoc "context" (check-context context))
      usage-key (assoc "usageIdentifierKey" usage-key))))

(defn allow
  "Returns the policy that allows `principal`, a string, to call `arns`: one ARN, such as the request's `:arn`, or several.
  `every-route` returns one for the whole stage; use it if API Gateway caches the authorizer's answers.

  * `:context` -- a map of names to strings, numbers and booleans, passed to the handler (default none)
  * `:usage-key` -- the API key that the call counts for (default none)

  Throws ex-info of `:type` `:karamon.lambda/bad-value` or `:karamon.lambda/bad-option`."
  ([principal arns] (allow principal arns {}))
  ([principal arns opts] (policy "Allow" principal arns opts)))

(defn deny
  "Returns the policy that denies `principal` the `arns`: the caller gets a 403. Otherwise as `allow`."
  ([principal arns] (deny principal arns {}))
  ([principal arns opts] (policy "Deny" principal arns opts)))

(defn every-route
  "Returns the ARN that matches every route of the stage in the request's `arn`."
  [arn]
  (str (str/join "/" (take 2 (str/split arn #"/"))) "/*"))

(defn simple
  "Returns the answer of an HTTP API's authorizer with simple responses: whether the caller is authorized, and a context as
  for `allow`."
  ([allowed?] (simple allowed? nil))
  ([allowed? context]
   (cond-> {"isAuthorized" (boolean allowed?)}
     context (assoc "context" (check-context context)))))

(defn unauthorized
  "Makes a REST or WebSocket API answer with a 401: throws an exception with the message that it expects."
  []
  (throw (Exception. "Unauthorized")))
