(ns karamon.s3.scripted.headers
  "Headers of the scripted server's answers."
  (:require
   [clojure.string :as str])
  (:import
   (java.time Instant ZoneOffset)
   (java.time.format DateTimeFormatter)))

(set! *warn-on-reflection* true)

(defn quoted [etag]
  (str "\"" etag "\""))

(defn date [^Instant instant]
  (.format DateTimeFormatter/RFC_1123_DATE_TIME (.atOffset instant ZoneOffset/UTC)))

(defn version-headers [{:keys [version-id]}]
  (when version-id {"x-amz-version-id" version-id}))

(defn checksum-headers [{:keys [checksums checksum-type]}]
  (into (if checksum-type {"x-amz-checksum-type" checksum-type} {})
        (map (fn [[algorithm value]] [(str "x-amz-checksum-" algorithm) value])) checksums))

(defn encryption-headers [{:keys [headers]}]
  (into {} (filter #(str/starts-with? (key %) "x-amz-server-side-encryption")) headers))
