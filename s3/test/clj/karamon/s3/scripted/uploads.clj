(ns karamon.s3.scripted.uploads
  "Multipart uploads to the scripted server."
  (:require
   [clojure.string :as str]
   [karamon.s3.scripted.headers :refer [checksum-headers quoted]]
   [karamon.s3.scripted.object :as object :refer [fail]]
   [karamon.s3.scripted.store :as store]
   [karamon.s3.scripted.writes :refer [changed]]
   [karamon.s3.scripted.xml :as xml])
  (:import
   (java.time Instant)))

(set! *warn-on-reflection* true)

(defn create-multipart-upload [state {:keys [bucket key headers] :as request}]
  (store/bucket state request)
  (let [id (str "upload-" (inc (:serial state)))]
    {:state (-> state (update :serial inc) (assoc-in [:uploads id] {:bucket bucket, :key key, :headers headers, :initiated (Instant/now), :parts (sorted-map)}))
     :xml   [:InitiateMultipartUploadResult [:Bucket bucket] [:Key key] [:UploadId id]]}))

(defn- upload [state {:keys [query]}]
  (or (get-in state [:uploads (query "uploadId")])
      (fail 404 "NoSuchUpload" "The specified upload does not exist.")))

(defn upload-part [state {:keys [query headers body] :as request}]
  (let [{upload-headers :headers} (upload state request)
        kept (object/kept-headers (store/bucket state request) (dissoc upload-headers "x-amz-acl"))
        algorithm (upload-headers "x-amz-checksum-algorithm")
        part {:etag (object/whole-tag kept {:body body}), :size (alength ^bytes body), :body body
              :checksums (object/sent-checksums headers body)}]
    (when-not (or (nil? algorithm) (get-in part [:checksums (str/lower-case algorithm)]))
      (fail 400 "InvalidRequest" (str "Checksum Type mismatch occurred, expected checksum Type: " algorithm)))
    {:state   (assoc-in state [:uploads (query "uploadId") :parts (parse-long (query "partNumber"))] part)
     :headers (merge {"ETag" (quoted (:etag part))} (dissoc (checksum-headers part) "x-amz-checksum-type"))}))

(defn- asked-parts [state {:keys [parts]} body]
  (let [asked (for [part (xml/children (xml/parse body) :Part)]
                [(parse-long (xml/child part :PartNumber)) (str/replace (xml/child part :ETag) "\"" "")])]
    (when-not (and (seq asked) (apply < (map first asked)))
      (fail 400 "InvalidPartOrder" "The list of parts was not in ascending order."))
    (let [found (mapv (fn [[n etag]]
                        (let [part (parts n)]
                          (when (not= etag (:etag part))
                            (fail 400 "InvalidPart" "One or more of the specified parts could not be found."))
                          part))
                      asked)]
      (when (some #(< (long (:size %)) (long (:min-part state))) (butlast found))
        (fail 400 "EntityTooSmall" "Your proposed upload is smaller than the minimum allowed size"))
      found)))

(defn complete-multipart-upload [state {:keys [bucket key query headers body] :as request}]
  (let [{:keys [parts] upload-headers :headers :as upload} (upload state request)
        found     (store/bucket state request)
        parts     (asked-parts state upload body)
        whole     (object/joined (map :body parts))
        algorithm (str/lower-case (upload-headers "x-amz-checksum-algorithm" "crc64nvme"))
        composite (= "COMPOSITE" (upload-headers "x-amz-checksum-type" (if (#{"sha1" "sha256" "crc32" "crc32c"} algorithm) "COMPOSITE" "FULL_OBJECT")))]
    (store/check-conditions state headers (store/version found key nil))
    (changed (update state :uploads dissoc (query "uploadId")) request
      (merge (object/object found (:owner state) (dissoc upload-headers "content-md5") whole)
             {:etag          (object/part-tag parts)
              :parts         (mapv #(dissoc % :body) parts)
              :checksums     {algorithm (if composite (object/composite algorithm parts) (object/checksum algorithm whole))}
              :checksum-type (if composite "COMPOSITE" "FULL_OBJECT")})
      (fn [{:keys [etag]}]
        {:xml [:CompleteMultipartUploadResult [:Bucket bucket] [:Key key] [:ETag (quoted etag)]]}))))

(defn list-parts [state {:keys [bucket key query] :as request}]
  (let [marker (parse-long (get query "part-number-marker" "0"))
        limit  (parse-long (get query "max-parts" "1000"))
        parts  (filter #(< marker (first %)) (:parts (upload state request)))
        page   (take limit parts)]
    {:xml [:ListPartsResult [:Bucket bucket] [:Key key] [:UploadId (query "uploadId")]
           [:IsTruncated (str (some? (seq (drop limit parts))))] [:NextPartNumberMarker (or (first (last page)) 0)]
           (for [[n {:keys [size etag]}] page] [:Part [:PartNumber n] [:ETag (quoted etag)] [:Size size]])]}))

(defn list-multipart-uploads [state {:keys [bucket query] :as request}]
  (store/bucket state request)
  (let [marker ((juxt #(query "key-marker" %) #(query "upload-id-marker" %)) "")
        limit  (parse-long (get query "max-uploads" "1000"))
        found  (sort-by first (for [[id upload] (:uploads state)
                                    :when (and (= bucket (:bucket upload)) (str/starts-with? (:key upload) (query "prefix" "")))]
                                [[(:key upload) id] upload]))
        after  (filter #(neg? (compare marker (first %))) found)
        page   (take limit after)
        [key id] (first (last page))]
    {:xml [:ListMultipartUploadsResult [:Bucket bucket] [:IsTruncated (str (some? (seq (drop limit after))))]
           [:NextKeyMarker (or key "")] [:NextUploadIdMarker (or id "")]
           (for [[[key id] {:keys [initiated]}] page]
             [:Upload [:Key key] [:UploadId id] [:Initiated (str initiated)]])]}))

(defn abort-multipart-upload [state {:keys [query] :as request}]
  (upload state request)
  {:status 204, :state (update state :uploads dissoc (query "uploadId"))})
