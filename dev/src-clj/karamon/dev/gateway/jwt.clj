(ns karamon.dev.gateway.jwt
  "JSON Web Tokens and the keys that sign them, a JSON Web Key Set (RFC 7517) in a file or at a URL. The classes of karamon-server
  check them, so that both accept the same tokens."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.options :as options])
  (:import
   (java.io File IOException)
   (java.util.function Consumer)
   (karamon.server Jwks Jwt)))

(set! *warn-on-reflection* true)

(defn key-set
  "Returns the key set at `place`, a file or a URL. Throws ex-info of `:type` `:karamon.dev.options/wrong` if there is none. If it
  can't be read again, calls `log` with a text and keeps the keys read before."
  [place log]
  (let [file (io/file place)
        jwks (Jwks. place (reify Consumer (accept [_ e] (log (str (ex-message e) "; the keys read before stay in use")))))
        seen (atom (.lastModified file))]
    (try
      (.load jwks)
      (catch IOException e
        (throw (options/wrong (str "--jwks: " (ex-message e))))))
    {:jwks jwks, :file file, :seen seen}))

(defn- keys-for
  "Returns the keys of a key set for a token, a Jwt. A saved file is read again at once. A URL is no file: its time is always 0."
  [{:keys [^Jwks jwks ^File file seen]} token]
  (let [saved (.lastModified file)]
    (when (not= saved (first (reset-vals! seen saved)))
      (.load jwks)))
  (.keys jwks token))

(defn token
  "Returns the token in the value of a header, which may begin with Bearer; nil if there is none."
  [value]
  (let [text (some-> value str/trim (str/replace #"(?i)^Bearer(?:\s+|$)" ""))]
    (when-not (str/blank? text) text)))

(defn check
  "Returns the `:claims` and `:scopes` of a token, as API Gateway passes them on. Throws Jwt$Invalid, whose message says why, unless
  the token is valid at `now`, in seconds since 1970.

  * `:key-set` -- as `key-set` returns it; nil to trust any signature
  * `:issuer` -- what `iss` must be; nil if any will do
  * `:audience` -- of which `aud`, or without it `client_id`, must have one; empty if any will do"
  [text {:keys [key-set issuer audience]} now]
  (let [jwt (Jwt/of text)]
    (when key-set
      (.checkSignature jwt (keys-for key-set jwt)))
    (.checkClaims jwt issuer (or audience []) now)
    {:claims (into {} (.texts jwt)), :scopes (vec (.scopes jwt))}))
