(ns karamon.lambda.bedrock
  "Action groups of Amazon Bedrock agents, with an API schema or with function details:

      (deflambda claims [event ctx]
        (let [{:keys [operation parameters]} (bedrock/request event)]
          (case operation
            \"GET /claims/{id}\" (bedrock/response event (claim (:id parameters)))
            (bedrock/response event {:message \"No such operation\"} {:status 404}))))

  The forms of event and answer: https://docs.aws.amazon.com/bedrock/latest/userguide/agents-lambda.html"
  (:require
   [karamon.lambda :as lambda]
   [karamon.lambda.record :as record])
  (:import
   (karamon.json JsonReader JsonWriter Keys MalformedJson)
   (karamon.text Options Shown)))

(set! *warn-on-reflection* true)

(defn- value
  "Returns a parameter's value, which is sent as a string, as its declared type says. A value that isn't of that type stays a
  string, since a language model wrote it."
  [{:keys [type value]}]
  (let [kind? ({"integer" integer?, "number" number?, "boolean" boolean?, "array" vector?, "object" map?} type)
        read  (when (and kind? (string? value))
                (try (JsonReader/read ^String value Keys/KEYWORDS true)
                     (catch MalformedJson _ nil)))]
    (if (and kind? (kind? read)) read value)))

(defn- values [parameters]
  (into {} (map (fn [{:keys [name] :as parameter}] [(keyword name) (value parameter)])) parameters))

(defn- event-of [sent]
  (record/event sent :bedrock "the event of a Bedrock agent's action group" (constantly true)))

(defn request
  "Returns what an agent asks for, a map of

  * `:action-group` -- its name
  * `:operation` -- the method and the path of the API schema, such as \"GET /claims/{id}\", or the name of the function
  * `:parameters` -- map of keyword, named as declared, to value
  * `:body` -- the properties of the request's body, as `:parameters`; nil if there is none
  * `:content-type` -- that of the body; nil if there is none
  * `:text` -- what the user said
  * `:session-id`, and `:session` and `:prompt-session`, the maps of attributes, named as people chose

  A value of the type integer, number, boolean, array or object is read as such, fractions as BigDecimal. If that is impossible, it
  stays a string. Throws ex-info of `:type` `:karamon.lambda/other-event` for any other event."
  [event]
  (let [{:keys [action-group api-path http-method function parameters request-body input-text session-id session-attributes
                prompt-session-attributes]} (event-of event)
        [type body] (first (:content request-body))]
    {:action-group   action-group
     :operation      (or function (str http-method " " api-path))
     :parameters     (values parameters)
     :body           (when type (values (:properties body)))
     :content-type   (when type (subs (str type) 1))
     :text           input-text
     :session-id     session-id
     :session        session-attributes
     :prompt-session prompt-session-attributes}))

(def ^:private states
  {:failure "FAILURE", :reprompt "REPROMPT"})

(def ^:private response-options
  #{:content-type :prompt-session :session :state :status})

(defn response
  "Returns the answer to an agent's `event`. `body` is a string, or data, which is sent as JSON.

  * `:status` -- the HTTP status, for an operation of an API schema (default 200)
  * `:content-type` -- that of the body, for an API schema (default \"application/json\")
  * `:state` -- for a function: `:failure` makes the agent throw, `:reprompt` makes it ask the model again (default none)
  * `:session`, `:prompt-session` -- maps of attributes (default: those of the event)

  Throws ex-info of `:type` `:karamon.lambda/other-event` for an event that isn't an agent's, `:karamon.lambda/bad-option` for an
  unknown option, and `:karamon.lambda/bad-value` for an unknown state or a status that isn't one."
  ([event body] (response event body {}))
  ([event body opts]
   (Options/check opts response-options "an agent's answer" ::lambda/bad-option)
   (let [{:keys [action-group api-path http-method function session-attributes prompt-session-attributes]} (event-of event)
         {:keys [content-type prompt-session session state status]
          :or   {content-type "application/json", status 200}} opts
         text (if (string? body) body (JsonWriter/string body))]
     (when-not (and (int? status) (<= 100 status 599))
       (throw (ex-info (str "The :status must be a whole number from 100 to 599, found " (Shown/of status))
                       {:type ::lambda/bad-value, :value status})))
     (when-not (contains? (assoc states nil nil) state)
       (throw (ex-info (Options/unknown "state" state "an agent's answer" (keys states)) {:type ::lambda/bad-value, :value state})))
     {"messageVersion"          "1.0"
      "response"
      (if function
        {"actionGroup"      action-group
         "function"         function
         "functionResponse" (cond-> {"responseBody" {"TEXT" {"body" text}}}
                              state (assoc "responseState" (states state)))}
        {"actionGroup"    action-group
         "apiPath"        api-path
         "httpMethod"     http-method
         "httpStatusCode" status
         "responseBody"   {content-type {"body" text}}})
      "sessionAttributes"       (or session session-attributes {})
      "promptSessionAttributes" (or prompt-session prompt-session-attributes {})})))
