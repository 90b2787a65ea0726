(ns karamon.lambda.cognito
  "Triggers of Cognito user pools. Their answer is the event with a response added:

      (deflambda welcome [event ctx]
        (cognito/answer event {:auto-confirm-user true}))

  The event needs no conversion: `:trigger-source`, `:user-name`, `:request` with its `:user-attributes` as the pool names them."
  (:require
   [karamon.lambda :as lambda]
   [karamon.lambda.names :as names]))

(set! *warn-on-reflection* true)

(def ^:private named-by-people
  "Keys of maps whose keys are names that people chose."
  #{:user-attributes :user-attributes-to-map :validation-data :client-metadata :public-challenge-parameters
    :private-challenge-parameters :claims-to-add-or-override})

(defn answer
  "Returns the event as AWS sent it, with `response`, a map, merged into its `response`. Keywords in kebab case become
  Cognito's names (`:auto-confirm-user` `autoConfirmUser`). Strings stay unchanged, and so do the values of
  `:user-attributes`, `:user-attributes-to-map`, `:claims-to-add-or-override`, `:client-metadata` and the challenges' parameters. Throws ex-info of
  `:type` `:karamon.lambda/other-event` if the event didn't come from AWS."
  ([event] (answer event {}))
  ([event response]
   (let [event (lambda/event event)]
     (when-not (= :cognito (lambda/kind event))
       (throw (ex-info "Expected the event of a Cognito trigger as a handler gets it" {:type ::lambda/other-event})))
     (update (lambda/raw event) "response" merge (names/sent response named-by-people)))))
