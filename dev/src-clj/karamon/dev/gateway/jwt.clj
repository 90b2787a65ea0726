(ns karamon.dev.gateway.jwt
  "JSON Web Tokens, checked by the class that karamon-server uses, so that both accept the same ones. Functions throw ex-info of
  `:type` `::invalid` for a token that is refused; the message says why."
  (:require
   [clojure.string :as str])
  (:import
   (karamon.server Jwt Jwt$Invalid)))

(set! *warn-on-reflection* true)

(defn- checked [f]
  (try
    (f)
    (catch Jwt$Invalid e
      (throw (ex-info (ex-message e) {:type ::invalid} e)))))

(defn token
  "Returns the token in the value of a header, which may begin with Bearer; nil if there is none."
  [value]
  (let [text (some-> value str/trim (str/replace #"(?i)^Bearer(?:\s+|$)" ""))]
    (when-not (str/blank? text) text)))

(defn parse
  "Returns a token as data: `:claims`, a map with string keys, `:scopes`, and `:jwt` for the other functions. Throws if it has an
  algorithm that API Gateway never accepts."
  [text]
  (let [^Jwt jwt (checked #(Jwt/of text))]
    {:jwt jwt, :claims (.claims jwt), :scopes (vec (.scopes jwt))}))

(defn known-key?
  "Returns true if one of `jwks`, maps with string keys, may have signed the parsed token."
  [{:keys [^Jwt jwt]} jwks]
  (.isKnown jwt jwks))

(defn check-signature
  "Throws unless one of `jwks` signed the parsed token."
  [{:keys [^Jwt jwt]} jwks]
  (checked #(.checkSignature jwt jwks)))

(defn check-claims
  "Throws unless the claims of the parsed token are valid at `now`, in seconds since 1970.

  * `:issuer` -- what `iss` must be; nil if any will do
  * `:audience` -- of which `aud`, or without it `client_id`, must have one; empty if any will do"
  [{:keys [^Jwt jwt]} {:keys [issuer audience]} now]
  (checked #(.checkClaims jwt issuer (or audience []) now)))
