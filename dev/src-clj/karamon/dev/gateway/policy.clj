(ns karamon.dev.gateway.policy
  "Decides by the IAM policy that a Lambda authorizer returns. Conditions are left out.
  https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html"
  (:require
   [clojure.string :as str])
  (:import
   (java.util.regex Pattern)))

(set! *warn-on-reflection* true)

(defn- many [x]
  (if (sequential? x) x [x]))

(defn- matches?
  "Returns true if `text` is as `pattern` says, in which * is any text and ? any character."
  [pattern text]
  (let [regex (str/replace (str pattern) #"[*?]|[^*?]+"
                           #(case % "*" "(?s:.*)" "?" "(?s:.)" (Pattern/quote %)))]
    (boolean (re-matches (re-pattern regex) text))))

(defn- concerns? [{action "Action", resource "Resource", not-action "NotAction", not-resource "NotResource"} arn]
  (let [action?   (fn [pattern] (matches? (str/lower-case (str pattern)) "execute-api:invoke"))
        resource? #(matches? % arn)]
    (and (if not-action (not-any? action? (many not-action)) (some action? (many action)))
         (if not-resource (not-any? resource? (many not-resource)) (some resource? (many resource))))))

(defn policy?
  "Returns true if `x` is a policy document."
  [x]
  (and (map? x)
       (seq (many (x "Statement")))
       (every? #(and (map? %) (contains? #{"Allow" "Deny"} (% "Effect"))) (many (x "Statement")))))

(defn decision
  "Returns `:allow`, `:deny` if a statement denies the method `arn`, or `:no-allow` if no statement allows it."
  [policy arn]
  (let [effects (into #{} (comp (filter #(concerns? % arn)) (map #(% "Effect"))) (many (policy "Statement")))]
    (cond
      (effects "Deny")  :deny
      (effects "Allow") :allow
      :else             :no-allow)))
