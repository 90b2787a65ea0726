(ns karamon.dev.gateway.jwt
  "Checks JSON Web Tokens as API Gateway's JWT authorizers do: signature, issuer, audience and time.
  https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html"
  (:require
   [clojure.string :as str])
  (:import
   (java.math BigInteger)
   (java.nio.charset StandardCharsets)
   (java.security AlgorithmParameters GeneralSecurityException KeyFactory PublicKey Signature)
   (java.security.interfaces ECPublicKey RSAPublicKey)
   (java.security.spec ECGenParameterSpec ECParameterSpec ECPoint ECPublicKeySpec RSAPublicKeySpec)
   (java.util Base64)
   (karamon.json JsonReader Keys)
   (karamon.text Shown)))

(set! *warn-on-reflection* true)

(def ^:private max-characters
  "The maximum size of a token. The gateway's headers have at most 32 KB anyway."
  32768)

(def ^:private min-rsa-bits 2048)

(def ^:private algorithms
  "Name in a token's header to Java's algorithm, the type of its keys, and the curve of EC keys. The list is closed: a token never
  chooses an algorithm without a signature, or one that takes a public key as a secret."
  {"RS256" {:java "SHA256withRSA", :kty "RSA"}
   "RS384" {:java "SHA384withRSA", :kty "RSA"}
   "RS512" {:java "SHA512withRSA", :kty "RSA"}
   "ES256" {:java "SHA256withECDSAinP1363Format", :kty "EC", :crv "P-256", :bytes 64}
   "ES384" {:java "SHA384withECDSAinP1363Format", :kty "EC", :crv "P-384", :bytes 96}
   "ES512" {:java "SHA512withECDSAinP1363Format", :kty "EC", :crv "P-521", :bytes 132}})

(def ^:private curves {"P-256" "secp256r1", "P-384" "secp384r1", "P-521" "secp521r1"})

(defn- invalid
  "Returns the exception for a token that is refused because of `why`."
  [why]
  (ex-info why {:type ::invalid}))

(defn- decode ^bytes [^String text]
  (.decode (Base64/getUrlDecoder) text))

(defn- part
  "Returns the JSON object in a part of a token."
  [text what]
  (let [data (try
               (JsonReader/read (decode text) Keys/STRINGS)
               (catch Exception _ nil))]
    (when-not (map? data)
      (throw (invalid (str "the token's " what " isn't a JSON object in base64url"))))
    data))

(defn token
  "Returns the token in the value of a header, which may begin with Bearer; nil if there is none."
  [value]
  (let [text (some-> value str/trim (str/replace #"(?i)^Bearer(?:\s+|$)" ""))]
    (when-not (str/blank? text) text)))

(defn parse
  "Returns the parts of a token: `:header` and `:claims`, maps with string keys, `:signed`, the bytes that were signed, and
  `:signature`, bytes. Throws ex-info of `:type` `::invalid` if it is no token, or has an algorithm that API Gateway never accepts."
  [^String text]
  (when (> (count text) max-characters)
    (throw (invalid (str "the token has more than " max-characters " characters"))))
  (let [[header claims signature & more :as parts] (str/split text #"\." -1)]
    (when (or more (not= 3 (count parts)))
      (throw (invalid "the token isn't three parts with dots between them")))
    (let [{:strs [alg crit] :as header-data} (part header "header")]
      (when-not (algorithms alg)
        (throw (invalid (str "the token's alg is " (Shown/of alg) ", expected one of " (str/join ", " (sort (keys algorithms)))))))
      (when crit
        (throw (invalid "the token's header has crit, whose extensions nobody here knows")))
      {:header    header-data
       :claims    (part claims "claims")
       :signed    (.getBytes (str header "." claims) StandardCharsets/US_ASCII)
       :signature (try
                    (decode signature)
                    (catch IllegalArgumentException _ (throw (invalid "the token's signature isn't base64url"))))})))

;; Keys

(defn- unsigned ^BigInteger [text]
  (BigInteger. 1 (decode text)))

(defn- rsa-key [{:strs [n e]}]
  (let [modulus (unsigned n)]
    (when (< (.bitLength modulus) (long min-rsa-bits))
      (throw (invalid (str "an RSA key of " (.bitLength modulus) " bits, expected " min-rsa-bits " or more"))))
    (.generatePublic (KeyFactory/getInstance "RSA") (RSAPublicKeySpec. modulus (unsigned e)))))

(defn- ec-key [{:strs [crv x y]}]
  (let [parameters (doto (AlgorithmParameters/getInstance "EC")
                     (.init (ECGenParameterSpec. (curves crv))))
        spec       (.getParameterSpec parameters ECParameterSpec)]
    (.generatePublic (KeyFactory/getInstance "EC")
      (ECPublicKeySpec. (ECPoint. (unsigned x) (unsigned y)) spec))))

(defn public-key
  "Returns the public key that `jwk`, a map with string keys, describes. Throws ex-info of `:type` `::invalid` if it can't be read."
  ^PublicKey [{:strs [kty crv kid] :as jwk}]
  (try
    (cond
      (= "RSA" kty)                       (rsa-key jwk)
      (and (= "EC" kty) (curves crv))     (ec-key jwk)
      :else (throw (invalid (str "kty " (Shown/of kty) " and crv " (Shown/of crv) " aren't supported"))))
    (catch clojure.lang.ExceptionInfo e (throw (invalid (str "the key " (Shown/of kid) " can't be used: " (ex-message e)))))
    (catch RuntimeException _ (throw (invalid (str "the key " (Shown/of kid) " is malformed"))))
    (catch GeneralSecurityException _ (throw (invalid (str "the key " (Shown/of kid) " is malformed"))))))

(defn- fits?
  "Returns true if `jwk` may have signed a token with the header `header`."
  [{:strs [alg kid]} jwk]
  (let [{:keys [kty crv]} (algorithms alg)]
    (and (= kty (jwk "kty"))
         (or (nil? crv) (= crv (jwk "crv")))
         (contains? #{nil alg} (jwk "alg"))
         (contains? #{nil "sig"} (jwk "use"))
         (or (nil? kid) (= kid (jwk "kid"))))))

(defn- signed-by? [{:strs [alg]} ^bytes signed ^bytes signature jwk]
  (let [{:keys [^String java bytes]} (algorithms alg)]
    (and (or (nil? bytes) (= bytes (alength signature)))
         (try
           (.verify (doto (Signature/getInstance java)
                      (.initVerify (public-key jwk))
                      (.update signed))
                    signature)
           (catch GeneralSecurityException _ false)))))

(defn known-key?
  "Returns true if one of `jwks`, maps with string keys, may have signed the parsed token."
  [{:keys [header]} jwks]
  (boolean (some #(fits? header %) jwks)))

(defn check-signature
  "Throws ex-info of `:type` `::invalid` unless one of `jwks` signed the parsed token."
  [{:keys [header signed signature] :as parsed} jwks]
  (when-not (known-key? parsed jwks)
    (throw (invalid (str "no key of the JWKS has the kid " (Shown/of (header "kid")) " and suits " (header "alg")))))
  (when-not (some #(signed-by? header signed signature %) (filter #(fits? header %) jwks))
    (throw (invalid "the signature is wrong"))))

;; Claims

(defn- many [x]
  (if (sequential? x) x (when (some? x) [x])))

(defn scopes
  "Returns the scopes that `claims` have."
  [{:strs [scope scp]}]
  (vec (mapcat #(if (string? %) (remove str/blank? (str/split % #"\s+")) [%]) (many (or scope scp)))))

(defn check-claims
  "Throws ex-info of `:type` `::invalid` unless the claims are those of a valid token at `now`, in seconds since 1970.

  * `:issuer` -- what `iss` must be; nil if any will do
  * `:audience` -- of which `aud`, or without it `client_id`, must have one; empty if any will do"
  [{:strs [iss aud client_id exp nbf iat]} {:keys [issuer audience]} now]
  (let [audiences (many (if (some? aud) aud client_id))]
    (cond
      (not (number? exp)) (throw (invalid (str "exp is " (Shown/of exp) ", expected seconds since 1970")))
      (<= exp now)        (throw (invalid "the token has expired"))
      (and (some? nbf) (not (and (number? nbf) (<= nbf now)))) (throw (invalid "the token isn't valid yet: nbf is later than now"))
      (and (some? iat) (not (and (number? iat) (<= iat now)))) (throw (invalid "the token was issued in the future: iat is later than now"))
      (and issuer (not= issuer iss))
      (throw (invalid (str "the issuer is " (Shown/of iss) ", expected " issuer)))
      (and (seq audience) (not-any? (set audience) audiences))
      (throw (invalid (str "the audience is " (Shown/of (if (some? aud) aud client_id)) ", expected " (str/join " or " audience)))))))
