(ns karamon.dev.gateway.authorizer
  "Reads which authorizer a route has: the `authorizer:` of an event, and `provider.httpApi.authorizers`. Defaults are those of the
  Serverless Framework. `karamon.dev.gateway.authorization` applies them."
  (:require
   [clojure.string :as str]
   [karamon.dev.gateway.place :as place])
  (:import
   (java.util.regex PatternSyntaxException)
   (karamon.text Nearest)))

(set! *warn-on-reflection* true)

(defn- sources
  "Returns the identity sources that a setting names, pairs of a place and a name: [:header \"Authorization\"]. AWS writes them as
  method.request.header.Authorization, route.request.header.Authorization or $request.header.Authorization."
  [setting]
  (for [text  (cond
                (sequential? setting) setting
                (string? setting)     (str/split setting #","))
        :let  [[_ place name] (re-matches #"(?:\$|method\.|route\.)?(request\.header|request\.querystring|context|stageVariables)\.(.+)"
                                          (str/trim (str text)))]
        :when place]
    [({"request.header" :header, "request.querystring" :query, "context" :context, "stageVariables" :stage-variable} place) name]))

(defn- texts [x]
  (filterv string? (if (sequential? x) x [x])))

(defn- seconds->ms [x default]
  (* 1000 (or (some->> x str (re-matches #"\d{1,6}") parse-long) default)))

(defn- function-named
  "Returns the function `name` of the service; nil if none written in Clojure has that name."
  [{:keys [functions]} name]
  (first (filter #(= name (:name %)) functions)))

(defn- arn-name
  "Returns the last part of an ARN, or of the CloudFormation function that makes one."
  [arn]
  (if (string? arn) (last (str/split arn #"[:/]")) "of another service"))

(defn- rest-authorizer [service authorizer]
  (let [{:strs [type name arn authorizerId identitySource resultTtlInSeconds identityValidationExpression scopes]}
        (cond
          (map? authorizer)                            authorizer
          (str/includes? (str authorizer) ":")         {"arn" authorizer}
          (re-matches #"(?i)aws_iam" (str authorizer)) {"type" "AWS_IAM"}
          :else                                        {"name" (str authorizer)})
        type    (str/upper-case (str (or type "TOKEN")))
        found   (when-not arn (function-named service name))
        request (= "REQUEST" type)
        ttl-ms  (seconds->ms resultTtlInSeconds 300)
        common  {:name    (or name (arn-name (or arn authorizerId)))
                 :sources (vec (if (or identitySource (and request (zero? ttl-ms)))
                                 (sources identitySource)
                                 [[:header "Authorization"]]))}]
    (cond
      (= "AWS_IAM" type) (assoc common :kind :iam, :name "aws_iam")
      (or (= "COGNITO_USER_POOLS" type) (and (string? arn) (re-find #":cognito-idp:" arn)))
      (assoc common :kind :cognito, :scopes (texts scopes))
      (nil? found) (assoc common :kind :unknown)
      :else (assoc common
                   :kind       (if request :request :token)
                   :function   found
                   :ttl-ms     ttl-ms
                   :version    "rest"
                   :expression identityValidationExpression))))

(defn- websocket-authorizer
  "An authorizer of a WebSocket API gets the whole handshake, and its answers aren't cached."
  [service authorizer]
  (let [settings (cond
                   (map? authorizer)                    authorizer
                   (str/includes? (str authorizer) ":") {"arn" authorizer}
                   :else                                {"name" (str authorizer)})]
    (rest-authorizer service (merge {"identitySource" ["route.request.header.Auth"]}
                                    settings
                                    {"resultTtlInSeconds" 0
                                     "type"               (if (re-matches #"(?i)(?:aws_)?iam" (str (settings "name"))) "AWS_IAM" "REQUEST")}))))

(defn- http-authorizer [service authorizer]
  (let [{:strs [name type id scopes]} (if (map? authorizer) authorizer {"name" authorizer})
        settings (get-in service [:http-api "authorizers" name])
        {:strs [identitySource issuerUrl audience functionName resultTtlInSeconds payloadVersion enableSimpleResponses]} settings
        request  (= "request" (get settings "type" type))
        found    (when (and request functionName) (function-named service functionName))
        common   {:name (or name id "aws_iam"), :scopes (texts scopes), :sources (vec (sources identitySource))}]
    (cond
      (or (= "aws_iam" type) (= "aws_iam" name)) (assoc common :kind :iam)
      (nil? settings) (assoc common :kind :unknown)
      (not request)   (assoc common
                             :kind     :jwt
                             :issuer   (when (string? issuerUrl) issuerUrl)
                             :audience (texts audience))
      (nil? found)    (assoc common :kind :unknown)
      :else           (assoc common
                             :kind     :request
                             :function found
                             :ttl-ms   (if (seq (:sources common)) (seconds->ms resultTtlInSeconds 0) 0)
                             :version  (str (or payloadVersion "2.0"))
                             :simple   (and (boolean enableSimpleResponses) (not= "1.0" (str payloadVersion)))))))

(defn- check-expression
  "Throws ex-info with the place of `route` if the regex that its tokens must match can't be read."
  [route {:keys [name expression] :as authorizer}]
  (when expression
    (try
      (re-pattern (str expression))
      (catch PatternSyntaxException e
        (place/fail route "identityValidationExpression of the authorizer " name " isn't a regex: " (.getDescription e)))))
  authorizer)

(defn- read-authorizer
  "Returns the authorizer of a route, nil if it has none, or imitates another source: a map of `:name`, `:sources`, the identity sources, and `:kind`:

  * `:token`, `:request` -- a function of the service, `:function`, whose answers hold for `:ttl-ms`. `:version` is \"rest\", \"1.0\"
    or \"2.0\"; `:simple` is true if it returns whether the caller is authorized, and not a policy. `:expression` is the regex
    that a token must match.
  * `:jwt` -- `:issuer`, `:audience` and `:scopes` say which tokens are accepted
  * `:cognito` -- a user pool's tokens, with `:scopes`
  * `:iam`, `:unknown` -- one that can't run here"
  [service {:keys [source authorizer] {:keys [url]} :function :as route}]
  (when (= source (:service route))
    (cond
      (and authorizer (= :rest source))      (check-expression route (rest-authorizer service authorizer))
      (and authorizer (= :http source))      (http-authorizer service authorizer)
      (and authorizer (= :websocket source)) (websocket-authorizer service authorizer)
      (and (= :function-url source) (map? url) (= "aws_iam" (url "authorizer"))) {:kind :iam, :name "aws_iam"})))

(defn with-authorizers
  "Returns the routes `table` with what `read-authorizer` returns for each, under `:authorizer`."
  [service table]
  (mapv #(if-let [authorizer (read-authorizer service %)]
           (assoc % :authorizer authorizer)
           (dissoc % :authorizer))
        table))

(defn- names [authorizers]
  (str/join ", " (sort (set (map :name authorizers)))))

(defn warnings
  "Returns texts about the authorizers in `table`, as `with-authorizers` returns it, that don't run as on AWS. `jwks?` is true if the
  keys of tokens are known."
  [{:keys [functions]} table jwks?]
  (let [{:keys [iam cognito jwt unknown]} (group-by :kind (keep :authorizer table))]
    (remove nil?
      [(when iam
         "Routes and URLs with the authorizer aws_iam accept every request here, without a caller's identity: signatures aren't checked")
       (when (and (or cognito jwt) (not jwks?))
         (str "The authorizer " (names (concat cognito jwt)) " decodes tokens here without checking their signatures: give the keys with --jwks FILE or "
              "--jwks URL"))
       (when unknown
         (let [missing (names unknown)]
           (str "The authorizer " missing " isn't a function of this service written in Clojure, so it can't run here: its routes accept every request."
                (Nearest/hint missing (map :name functions)))))])))
