(ns karamon.dev.gateway.jwt-test
  "JSON Web Tokens that are right, and those of attackers."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [are deftest is testing]]
   [karamon.dev.gateway.jwt :as jwt]
   [karamon.dev.gateway.server :as server]
   [karamon.test.client :as client])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io File)
   (java.math BigInteger)
   (java.security KeyPair KeyPairGenerator Signature)
   (java.security.interfaces ECPublicKey RSAPublicKey)
   (java.security.spec ECGenParameterSpec)
   (java.util Arrays Base64)
   (javax.crypto Mac)
   (javax.crypto.spec SecretKeySpec)
   (karamon.json JsonReader JsonWriter Keys)
   (karamon.server Jwt Jwt$Invalid)))

(set! *warn-on-reflection* true)

(defn- encode [^bytes bytes]
  (.encodeToString (.withoutPadding (Base64/getUrlEncoder)) bytes))

(defn- unsigned
  "Returns the bytes of a number without its sign, at least `size` of them."
  ^bytes [^BigInteger n size]
  (let [bytes (.toByteArray n)
        bytes (if (zero? (aget bytes 0)) (Arrays/copyOfRange bytes 1 (alength bytes)) bytes)]
    (byte-array (concat (repeat (- (int size) (alength bytes)) 0) bytes))))

(defn- rsa-pair ^KeyPair [bits]
  (.generateKeyPair ^KeyPairGenerator (doto (KeyPairGenerator/getInstance "RSA") (.initialize (int bits)))))

(def ^:private ^KeyPair rsa (rsa-pair 2048))

(def ^:private ^KeyPair weak (rsa-pair 1024))

(defn- ec-pair ^KeyPair []
  (.generateKeyPair ^KeyPairGenerator (doto (KeyPairGenerator/getInstance "EC") (.initialize (ECGenParameterSpec. "secp256r1")))))

(def ^:private ^KeyPair ec (ec-pair))

(defn- rsa-jwk [kid ^KeyPair pair]
  (let [^RSAPublicKey k (.getPublic pair)]
    {"kty" "RSA", "kid" kid, "use" "sig", "n" (encode (unsigned (.getModulus k) 0)), "e" (encode (unsigned (.getPublicExponent k) 0))}))

(def ^:private ec-jwk
  (let [point (.getW ^ECPublicKey (.getPublic ec))]
    {"kty" "EC", "crv" "P-256", "kid" "ec", "x" (encode (unsigned (.getAffineX point) 32)), "y" (encode (unsigned (.getAffineY point) 32))}))

(def ^:private key-list [(rsa-jwk "rsa" rsa) ec-jwk (rsa-jwk "weak" weak)])

(defn- part [data]
  (encode (JsonWriter/bytes ^Object data)))

(defn- signed
  "Returns a token with `header` and `claims`, signed by Java's `algorithm`."
  [algorithm ^KeyPair pair header claims]
  (let [text      (str (part header) "." (part claims))
        signature (doto (Signature/getInstance algorithm)
                    (.initSign (.getPrivate pair))
                    (.update (.getBytes text)))]
    (str text "." (encode (.sign signature)))))

(def ^:private now 1700000000)

(def ^:private good {"iss" "https://issuer.test", "aud" "shop", "sub" "user1", "exp" (+ now 60), "scope" "read write", "roles" ["a" "b"], "n" 1})

(defn- rs256
  ([claims] (rs256 {} claims))
  ([header claims] (signed "SHA256withRSA" rsa (merge {"alg" "RS256", "kid" "rsa"} header) claims)))

(defn- es256 [claims]
  (signed "SHA256withECDSAinP1363Format" ec {"alg" "ES256", "kid" "ec"} claims))

(defn- hs256
  "Returns a token signed with the public key as a secret."
  []
  (let [text (str (part {"alg" "HS256", "kid" "rsa"}) "." (part good))
        mac  (doto (Mac/getInstance "HmacSHA256") (.init (SecretKeySpec. (.getEncoded (.getPublic rsa)) "HmacSHA256")))]
    (str text "." (encode (.doFinal mac (.getBytes text))))))

(defn- tampered
  "Returns a token with other claims and the signature of the old ones."
  [token claims]
  (let [[header _ signature] (str/split token #"\.")]
    (str header "." (part claims) "." signature)))

(defn- flipped
  "Returns a token whose signature differs in one bit."
  [token]
  (let [[header claims signature] (str/split token #"\.")
        bytes (.decode (Base64/getUrlDecoder) ^String signature)]
    (aset-byte bytes 5 (unchecked-byte (bit-xor 1 (aget bytes 5))))
    (str header "." claims "." (encode bytes))))

(defn- refusal
  "Returns why a token is refused, nil if it is accepted."
  ([token] (refusal token key-list))
  ([token key-list]
   (try
     (doto (Jwt/of token)
       (.checkSignature key-list)
       (.checkClaims "https://issuer.test" ["shop" "other"] now))
     nil
     (catch Jwt$Invalid e
       (ex-message e)))))

(deftest right-tokens-are-accepted
  (are [token] (nil? (refusal token))
    (rs256 good)
    (es256 good)
    (signed "SHA512withRSA" rsa {"alg" "RS512", "kid" "rsa"} good)
    (rs256 {"kid" nil} good)
    (rs256 (assoc good "aud" ["x" "shop"]))
    (rs256 (-> good (dissoc "aud") (assoc "client_id" "other")))
    (rs256 (assoc good "nbf" now, "iat" (- now 0.5)))))

(deftest wrong-signatures-are-refused
  (are [token why] (str/includes? (str (refusal token)) why)
    (str (part {"alg" "none"}) "." (part good) ".")           "alg is \"none\""
    (str (part {"alg" "None", "kid" "rsa"}) "." (part good) ".") "alg is \"None\""
    (str (part {"kid" "rsa"}) "." (part good) ".")            "alg is nil"
    (hs256)                                                   "alg is \"HS256\""
    (str (part {"alg" "RS256", "kid" "rsa"}) "." (part good) ".") "signature is wrong"
    (tampered (rs256 good) (assoc good "sub" "admin"))        "signature is wrong"
    (flipped (rs256 good))                                    "signature is wrong"
    (flipped (es256 good))                                    "signature is wrong"
    ;; Zeros as an ECDSA signature: CVE-2022-21449
    (str/replace (es256 good) #"[^.]+$" (encode (byte-array 64))) "signature is wrong"
    (str/replace (es256 good) #"[^.]+$" (encode (byte-array 63))) "signature is wrong"
    (signed "SHA256withECDSA" ec {"alg" "ES256", "kid" "ec"} good) "signature is wrong"
    (rs256 {"kid" "unknown"} good)                            "no key of the JWKS has the kid \"unknown\""
    (rs256 {"kid" "ec"} good)                                 "no key of the JWKS has the kid \"ec\" and suits RS256"
    (signed "SHA256withRSA" weak {"alg" "RS256", "kid" "weak"} good) "an RSA key of 1024 bits"
    (rs256 {"crit" ["x"]} good)                               "crit"
    ;; The keys in a token's header are its sender's
    (signed "SHA256withRSA" weak {"alg" "RS256", "kid" "rsa", "jwk" (rsa-jwk "rsa" weak)} good) "signature is wrong")
  (testing "keys for something else"
    (are [jwk] (some? (refusal (rs256 good) [(merge (rsa-jwk "rsa" rsa) jwk)]))
      {"use" "enc"} {"alg" "RS512"} {"n" "!"} {"n" nil} {"e" nil} {"kty" "oct", "k" "AAAA"}))
  (is (some? (refusal (es256 good) [(assoc ec-jwk "y" (ec-jwk "x"))]))))

(deftest malformed-tokens-are-refused
  (are [token] (string? (refusal token))
    "" "." ".." "..." "a.b.c" "é.é.é" (str (rs256 good) ".x") (str (rs256 good) "!") (subs (rs256 good) 1)
    (apply str (repeat 1000000 \a)) (apply str (repeat 30000 \.))
    (str (encode (byte-array 20000 (byte 91))) ".e30.e30")
    (str (part [1]) "." (part good) ".") (str (part {"alg" ["RS256"]}) "." (part good) ".") (str (part {"alg" "RS256"}) "." (part "x") ".")))

(deftest claims-are-checked
  (are [claims why] (str/includes? (str (refusal (rs256 (merge good claims)))) why)
    {"exp" now}           "expired"
    {"exp" nil}           "exp is nil"
    {"exp" "9999999999"}  "exp is"
    {"nbf" (inc now)}     "nbf"
    {"nbf" "0"}           "nbf"
    {"iat" (inc now)}     "iat"
    {"iss" "https://issuer.test/"} "the issuer is"
    {"iss" nil}           "the issuer is"
    {"aud" "x"}           "the audience is"
    {"aud" []}            "the audience is"
    {"aud" ["x"], "client_id" "shop"} "the audience is"
    {"aud" nil}           "the audience is"))

(defn claims [event _]
  {"statusCode" 200, "body" (JsonWriter/string (get-in event ["requestContext" "authorizer"]))})

(defn- call-with-gateway [options route http-api f]
  (let [logged (atom [])]
    (with-open [gateway (server/start (merge {:service {:functions [{:name "f", :handler "karamon.dev.gateway.jwt-test/claims", :timeout-ms 60000
                                                                     :memory-mb 128, :routes [route]}]
                                                        :http-api http-api}
                                              :folders [], :port 0, :clock (constantly (* 1000 now)), :log #(swap! logged conj %)}
                                             options))]
      (f (fn [headers] (client/request {:port (:port gateway), :path "/x", :headers headers})) logged))))

(def ^:private api
  {"authorizers" {"mine" {"identitySource" "$request.header.Authorization", "issuerUrl" "https://issuer.test", "audience" "shop"}}})

(defn- jwks-file ^File [key-list]
  (doto (File/createTempFile "jwks" ".json")
    (.deleteOnExit)
    (spit (JsonWriter/string {"keys" key-list}))))

(defn- bearer [token]
  {"authorization" (str "Bearer " token)})

(deftest an-http-api-passes-on-the-claims
  (let [file  (jwks-file key-list)
        route {:source :http, :method :get, :path "/x", :authorizer {"name" "mine", "scopes" ["write" "admin"]}}]
    (call-with-gateway {:jwks (str file)} route api
      (fn [request logged]
        (is (= [] @logged))
        (is (= {"jwt" {"claims" {"iss" "https://issuer.test", "aud" "shop", "sub" "user1", "exp" "1700000060", "scope" "read write"
                                 "roles" "[a b]", "n" "1"}
                       "scopes" ["read" "write"]}}
               (JsonReader/read ^String (:body (request (bearer (rs256 good)))) Keys/STRINGS)))
        (is (= 200 (:status (request {"authorization" (es256 good)}))))
        (are [headers status challenge] (= [status challenge] ((juxt :status #(get-in % [:headers "www-authenticate"])) (request headers)))
          {}                                      401 "Bearer"
          {"authorization" "Bearer "}             401 "Bearer"
          (bearer (rs256 (assoc good "exp" now))) 401 "Bearer scope=\"\" error=\"invalid_token\" error_description=\"the token has expired\""
          (bearer (rs256 (assoc good "scope" "read"))) 403 "Bearer scope=\"write admin\" error=\"insufficient_scope\"")
        (is (= 401 (:status (request (bearer (hs256))))))
        (is (= 401 (:status (request (bearer (rs256 {"alg" "x\r\nset-cookie: a=b\"é"} good))))))
        (is (some #(str/includes? % "authorizer mine: the token has expired") @logged))
        (testing "a saved file counts at once"
          (spit file (JsonWriter/string {"keys" [(rsa-jwk "other" rsa)]}))
          (.setLastModified file 1000)
          (is (= 401 (:status (request (bearer (rs256 good))))))
          (testing "and one that isn't readable leaves the keys before"
            (spit file "{")
            (.setLastModified file 2000)
            (is (= 401 (:status (request (bearer (rs256 good))))))
            (is (some #(re-find #"^The keys of .* can't be read: .*; the keys read before stay in use$" %) @logged))))))))

(deftest without-keys-claims-are-decoded-with-one-warning
  (call-with-gateway {} {:source :http, :method :get, :path "/x", :authorizer "mine"} api
    (fn [request logged]
      (is (= 200 (:status (request (bearer (flipped (rs256 good)))))))
      (is (= 401 (:status (request (bearer (rs256 (assoc good "exp" now)))))))
      (is (= 401 (:status (request (bearer (hs256))))))
      (is (= 1 (count (filter #(str/includes? % "The authorizer mine decodes tokens here without checking their signatures") @logged)))))))

(deftest cognitos-tokens-are-those-of-a-rest-api
  (let [route {:source :rest, :method :get, :path "/x", :authorizer {"name" "pool", "arn" {"Ref" "Pool"}, "type" "COGNITO_USER_POOLS"}}]
    (call-with-gateway {:jwks (str (jwks-file key-list))} route nil
      (fn [request _]
        (is (= "user1" (get-in (JsonReader/read ^String (:body (request {"authorization" (rs256 good)})) Keys/STRINGS) ["claims" "sub"])))
        (is (= 401 (:status (request {}))))
        (is (= 401 (:status (request {"authorization" (rs256 (assoc good "exp" now))}))))))
    (call-with-gateway {:jwks (str (jwks-file key-list))} (update route :authorizer assoc "scopes" ["admin"]) nil
      (fn [request _]
        (is (= 401 (:status (request {"authorization" (rs256 good)}))))))))

(defn- key-set [place]
  (jwt/key-set (str place) (fn [_])))

(deftest a-wrong-place-of-keys-is-an-error-that-says-so
  (are [text why] (thrown-with-msg? ExceptionInfo (re-pattern why)
                                    (key-set (doto (File/createTempFile "jwks" ".json") (.deleteOnExit) (spit text))))
    "{"          "can't be read: .*\\(line 1, column 2\\)"
    "{}"         "must be a JWKS"
    "{\"keys\":[1]}" "must be a JWKS"
    (apply str (repeat 1048577 \ )) "it has more than 1048576 bytes")
  (is (thrown-with-msg? ExceptionInfo #"--jwks: The keys of /nowhere/jwks.json can't be read" (key-set "/nowhere/jwks.json")))
  (is (thrown-with-msg? ExceptionInfo #"can't be read" (key-set (io/file (System/getProperty "java.io.tmpdir"))))))
