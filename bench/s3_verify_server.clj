;; Starts two servers that have the file of the command line as an object in parts of 8 MiB. The file is uploaded to the embedded
;; server. The scripted server gets only its parts' sizes, and for a second object its CRC64NVME too. Prints the options of
;; karamon.s3/client for each server, and ends when its standard input does. For bench/s3-verify.
(require '[karamon.dev.s3-server :as server] '[karamon.etag :as etag] '[karamon.s3 :as s3] '[karamon.s3.client.call :refer [call]]
         '[karamon.s3.scripted :as scripted])
(import '(java.io InputStream) '(java.nio.file Files) '(software.amazon.awssdk.core.sync RequestBody))

(set! *warn-on-reflection* true)

(def part-size (* 8 1024 1024))
(def file (first *command-line-args*))

(defn put! [options]
  (with-open [client (s3/client options)
              in     (Files/newInputStream (.toPath (java.io.File. ^String file)) (make-array java.nio.file.OpenOption 0))]
    (let [object {:bucket "bench", :key "parts"}
          _      (call client :create-bucket {:bucket "bench"})
          id     (:upload-id (call client :create-multipart-upload object))
          bodies (take-while #(pos? (alength ^bytes %)) (repeatedly #(.readNBytes ^InputStream in part-size)))
          parts  (mapv (fn [number body]
                         (let [part (assoc object :upload-id id :part-number number)]
                           {:part-number number, :etag (:etag (call client :upload-part part (RequestBody/fromBytes body)))}))
                       (rest (range)) bodies)]
      (call client :complete-multipart-upload (assoc object :upload-id id :multipart-upload {:parts parts})))))

(let [embedded (server/start)
      scripted-server (scripted/start)
      size     (etag/size-of file)
      {[{:keys [etag]}] :etags, :keys [checksums]} (etag/etags file {:layouts [part-size], :checksums [:crc64nvme]})
      object   {:size size, :etag etag, :parts (vec (repeat (quot size part-size) {:size part-size}))}]
  (put! (:options embedded))
  (swap! (:state scripted-server) assoc-in [:buckets "bench"] {:objects (sorted-map)})
  (scripted/add! scripted-server "bench" "parts" object)
  (scripted/add! scripted-server "bench" "crc" (assoc object :checksums (update-keys checksums name)))
  (prn {:embedded (:options embedded), :scripted (:options scripted-server)})
  (flush)
  (while (pos? (.read System/in))))
(System/exit 0)
