(ns karamon.lambda.answer
  "Answers to services that want one, with AWS's own names in kebab case:

      (deflambda find-order [event ctx]
        (answer/response event {:session-state {:dialog-action {:type \"Close\"}}}))

  | kind | keys of the answer | AWS's page |
  |---|---|---|
  | `:appsync`, a batch | for each call `:data`, or `:error-message :error-type :error-info` | appsync, tutorial-lambda-resolvers |
  | `:appsync-authorizer` | `:is-authorized :resolver-context :denied-fields :ttl-override` | appsync, security-authz |
  | `:autoscaling` | `:instance-ids` | autoscaling, lambda-custom-termination-policy |
  | `:client-vpn` | `:allow :error-msg-on-denied-connection :posture-compliance-statuses :schema-version` | clientvpn-admin |
  | `:cognito-sync` | `:dataset-records` | cognito, cognito-events |
  | `:iot-authorizer` | `:is-authenticated :principal-id :policy-documents :disconnect-after-in-seconds …` | iot, config-custom-auth |
  | `:iot-provisioning` | `:allow-provisioning :parameter-overrides` | iot, pre-provisioning-hook |
  | `:lex` | `:session-state :messages :request-attributes` (V2); `:dialog-action :session-attributes` (V1) | lexv2, lambda-response-format |
  | `:s3-object` | `:status-code :error-message :headers …`, to a HEAD or a LIST | AmazonS3, olap-writing-lambda |
  | `:ses` | `:disposition` | ses, receiving-email-action-lambda |
  | `:transfer` | `:role :home-directory :public-keys …`; `{}` to refuse | transfer, custom-lambda-idp |

  CodeDeploy, CodePipeline, Config and Secrets Manager get their answers through their APIs; Connect takes any flat map. Cognito's
  user pools, API Gateway's authorizers, Firehose, CloudFormation and S3 Batch Operations have namespaces of their own."
  (:require
   [karamon.lambda :as lambda]
   [karamon.lambda.names :as names])
  (:import
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(defn- form [k]
  (if (= :instance-ids k) "InstanceIDs" (names/pascal k)))

(def ^:private forms
  "Kind to a function of an answer with AWS's names in kebab case, which returns it with AWS's names."
  {:appsync            #(names/sent % #{:data :error-info})
   :appsync-authorizer #(names/sent % #{:resolver-context})
   :autoscaling        #(names/sent % #{} #{} form)
   :client-vpn         identity
   :cognito-sync       #(names/sent % #{} #{:dataset-records} names/camel)
   :iot-authorizer     #(names/sent % #{:policy-documents})
   :iot-provisioning   #(names/sent % #{:parameter-overrides})
   :lex                #(names/sent % #{:session-attributes :request-attributes :context-attributes} #{:slots} names/camel)
   :s3-object          #(names/sent % #{:headers})
   :ses                #(names/sent % #{})
   :transfer           #(names/sent % #{} #{} form)})

(defn response
  "Returns the answer to `event` with AWS's names, from one with keywords in kebab case. Strings, and the names that people chose
  (session attributes, slots, a resolver's data), stay unchanged. Keys in kebab case that AWS doesn't know become AWS's form too. A
  batch of AppSync takes a sequence. For `:cognito-sync`, returns the event with `:dataset-records` in place of its own. Throws
  ex-info of `:type` `:karamon.lambda/other-event` for an event that takes no answer, or another one than this."
  [event response]
  (let [event (lambda/event event)
        kind  (lambda/kind event)
        sent  ((or (forms kind)
                   (throw (ex-info (str "Expected an event of a kind that karamon.lambda.answer lists, found "
                                        (if kind (str "one of " kind) (Shown/of event)))
                                   {:type ::lambda/other-event, :kind kind})))
               response)]
    (if (= :cognito-sync kind)
      (merge (lambda/raw event) sent)
      sent)))
