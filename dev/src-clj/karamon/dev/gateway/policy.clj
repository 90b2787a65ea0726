(ns karamon.dev.gateway.policy
  "Decides by the IAM policy that a Lambda authorizer returns, as karamon-server does, but takes its conditions for true.
  https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html"
  (:import
   (karamon.server Policy Policy$Decision)))

(set! *warn-on-reflection* true)

(defn policy?
  "Returns true if `x` is a policy document."
  [x]
  (let [statement  (when (map? x) (x "Statement"))
        statements (if (sequential? statement) statement [statement])]
    (and (boolean (seq statements))
         (every? #(and (map? %) (contains? #{"Allow" "Deny"} (% "Effect"))) statements))))

(defn decision
  "Returns `:allow`, `:deny` if a statement denies the method `arn`, or `:no-allow` if no statement allows it."
  [policy arn]
  ({Policy$Decision/ALLOW :allow, Policy$Decision/DENY :deny, Policy$Decision/NONE :no-allow} (Policy/decision policy arn true)))
