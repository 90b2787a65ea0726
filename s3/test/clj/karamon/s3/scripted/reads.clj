(ns karamon.s3.scripted.reads
  "Reads objects of the scripted server."
  (:require
   [clojure.string :as str]
   [karamon.s3.scripted.headers :refer [checksum-headers date quoted version-headers]]
   [karamon.s3.scripted.object :refer [fail]]
   [karamon.s3.scripted.store :as store])
  (:import
   (java.util Arrays)))

(set! *warn-on-reflection* true)

(defn- part
  "Returns the part that a request names, with its `:start`."
  [{:keys [parts size] :as object} number]
  (cond
    (and (nil? parts) (= 1 number)) (assoc object :start 0)
    (<= 1 number (count parts))     (assoc (parts (dec number)) :start (reduce + (map :size (take (dec number) parts))))
    :else                           (fail 416 "InvalidPartNumber" (str "The requested partnumber is not satisfiable, of " size " bytes"))))

(defn- described [{:keys [headers etag size last-modified parts tags] :as object} {:keys [query] :as request}]
  (let [number (some-> (query "partNumber") parse-long)
        {:keys [start] part-size :size} (when number (part object number))
        [from to] (some->> (get-in request [:headers "range"]) (re-matches #"bytes=(\d+)-(\d*)") rest (map parse-long))
        start  (or start from)
        end    (cond
                 part-size (+ start part-size)
                 from      (min size (inc (or to (dec size))))
                 :else     size)]
    (when (and from (<= size from))
      (fail 416 "InvalidRange"))
    {:status  (if start 206 200)
     :start   (or start 0)
     :headers (merge headers
                     (version-headers object)
                     {"ETag" (quoted etag), "Last-Modified" (date last-modified), "Accept-Ranges" "bytes"
                      "Content-Length" (str (- end (or start 0)))}
                     (when start {"Content-Range" (str "bytes " start "-" (dec end) "/" size)})
                     (when (and number parts) {"x-amz-mp-parts-count" (str (count parts))})
                     (when (seq tags) {"x-amz-tagging-count" (str (count tags))})
                     (when (and (= "ENABLED" (get-in request [:headers "x-amz-checksum-mode"])) (not start))
                       (checksum-headers object)))}))

(defn head-object [state request]
  (described (store/readable state request) request))

(defn get-object [state request]
  (let [{:keys [body] :as object} (store/readable state request)]
    (when-not (store/available? object)
      (fail 403 "InvalidObjectState" "The operation is not valid for the object's storage class"))
    (let [{:keys [start headers] :as answer} (described object request)
          end                                (+ start (parse-long (headers "Content-Length")))]
      (when-not body
        (fail 501 "NotImplemented" "This object has no bytes"))
      (assoc answer :body (Arrays/copyOfRange ^bytes body (int start) (int end))))))

(defn- attributes [{:keys [parts checksums checksum-type etag size headers] :as object} request]
  (let [asked  (set (mapcat #(str/split % #",\s*") (some-> (get-in request [:headers "x-amz-object-attributes"]) vector)))
        sums   (fn [m] (for [[algorithm value] m] [(keyword (str "Checksum" (str/upper-case algorithm))) value]))
        marker (parse-long (get-in request [:headers "x-amz-part-number-marker"] "0"))
        limit  (parse-long (get-in request [:headers "x-amz-max-parts"] "1000"))
        listed (when (= "COMPOSITE" checksum-type)
                 (map vector (map inc (range)) parts))
        page   (take limit (drop marker listed))]
    {:headers (merge (version-headers object) {"Last-Modified" (date (:last-modified object))})
     :xml     [:GetObjectAttributesResponse
               (when (asked "ETag") [:ETag etag])
               (when (asked "Checksum") [:Checksum (sums checksums) [:ChecksumType checksum-type]])
               (when (and (asked "ObjectParts") parts)
                 [:ObjectParts
                  [:PartsCount (count parts)]
                  (when listed
                    (list
                      [:PartNumberMarker marker] [:MaxParts limit]
                      [:NextPartNumberMarker (or (first (last page)) 0)]
                      [:IsTruncated (str (< (+ marker (count page)) (count parts)))]
                      (for [[n {:keys [size checksums]}] page]
                        [:Part [:PartNumber n] [:Size size] (sums checksums)])))])
               (when (asked "StorageClass") [:StorageClass (headers "x-amz-storage-class" "STANDARD")])
               (when (asked "ObjectSize") [:ObjectSize size])]}))

(defn get-object-attributes [state request]
  (attributes (store/readable state request) request))

(defn get-object-tagging [state request]
  (let [object (store/readable state request)]
    {:headers (version-headers object)
     :xml     [:Tagging [:TagSet (for [[k v] (:tags object)] [:Tag [:Key k] [:Value v]])]]}))

(defn get-object-acl [state request]
  (let [{:keys [grants owner]} (store/readable state request)]
    {:xml [:AccessControlPolicy
           [:Owner [:ID owner]]
           [:AccessControlList
            (for [[permission grantee] grants
                  :let [[_ kind value] (re-matches #"(\w+)=\"?([^\"]*)\"?" grantee)]]
              [:Grant
               [:Grantee {"xmlns:xsi" "http://www.w3.org/2001/XMLSchema-instance", "xsi:type" (if (= "id" kind) "CanonicalUser" "Group")}
                [(if (= "id" kind) :ID :URI) value]]
               [:Permission permission]])]]}))
