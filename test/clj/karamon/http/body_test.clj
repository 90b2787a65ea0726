(ns karamon.http.body-test
  "Rows B1 and B2: bodies of requests."
  (:require
   [clojure.test :refer [deftest is testing]]
   [karamon.local :as local]
   [karamon.test-events :refer [event request sources]])
  (:import
   (java.util Base64)
   (karamon.http BadRequest)))

(set! *warn-on-reflection* true)

(defn- base64 [^bytes bs] (.encodeToString (Base64/getEncoder) bs))

(defn- body [source bs headers]
  (let [{:keys [body base64?]} (request (event source {"body" (base64 bs), "isBase64Encoded" true, "headers" headers}))]
    (is (true? base64?))
    (if (bytes? body) (vec body) body)))

(defn- encoded ^bytes [^String s ^String charset] (.getBytes s charset))

(deftest b1-base64-is-decoded-and-text-types-become-strings-in-their-charset
  (doseq [source sources]
    (testing source
      (testing "text, UTF-8 by default and never Latin-1"
        (doseq [type ["text/plain" "TEXT/HTML" "application/json" "application/problem+json; x=y" "image/svg+xml"
                      "application/x-www-form-urlencoded" "application/javascript" "application/yaml" "text/csv;charset=UTF-8"
                      "text/csv; charset=\"utf-8\"" "text/plain; charset="]]
          (testing type
            (is (= "größe" (body source (encoded "größe" "UTF-8") {"content-type" type}))))))
      (testing "the content type's charset"
        (is (= "größe" (body source (encoded "größe" "ISO-8859-1") {"content-type" "text/plain; charset=iso-8859-1"})))
        (is (= "größe" (body source (encoded "größe" "UTF-16") {"content-type" "text/plain;charset=UTF-16;x=y"}))))
      (testing "bytes: other types, no type, an encoding, an unknown charset, or text in another charset than declared"
        (is (= [0 1 -1] (body source (byte-array [0 1 -1]) {"content-type" "image/png"})))
        (is (= [65] (body source (byte-array [65]) {})))
        (is (= [65] (body source (byte-array [65]) {"content-type" "text/plain", "content-encoding" "gzip"})))
        (is (= [65] (body source (byte-array [65]) {"content-type" "text/plain; charset=none-such"})))
        (is (= [65] (body source (byte-array [65]) {"content-type" "text/plain; charset=???"})))
        (is (= [-1] (body source (byte-array [-1]) {"content-type" "text/plain"})))
        (is (= "A" (body source (byte-array [65]) {"content-type" "text/plain", "content-encoding" "identity"})))))))

(deftest b1-bad-base64-is-a-400
  (doseq [source sources, sent ["***" "QQ=" "QQ==x" "Q" "ü"]]
    (testing [source sent]
      (let [e (event source {"body" sent, "isBase64Encoded" true})]
        (is (thrown-with-msg? BadRequest #"The body isn't base64: ." (request e)))
        (let [{:keys [status body]} (local/invoke (fn [_ _] {:status 200}) e {:request-id "r-1", :log identity})]
          (is (= 400 status))
          (is (re-find #"^\{\"message\":\"The body isn't base64: .*\"requestId\":\"r-1\"\}$" body)))))))

(deftest text-that-isnt-base64-is-a-string-with-any-type
  (doseq [source sources]
    (is (= {:body "größe 😀", :base64? false}
           (select-keys (request (event source {"body" "größe 😀", "headers" {"content-type" "image/png"}})) [:body :base64?])))))

(deftest b2-no-body-is-nil
  (doseq [source sources, fields [{} {"body" nil} {"body" ""} {"body" "", "isBase64Encoded" true} {"body" nil, "isBase64Encoded" nil}]]
    (testing [source fields]
      (is (nil? (:body (request (event source fields))))))))
