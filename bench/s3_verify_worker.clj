;; Hashes a file and verifies it against objects, in turns. Prints a line for each way of each round: its name and the seconds
;; it took. Arguments: the file, the number of rounds, the output of bench/s3_verify_server.clj. For bench/s3-verify.
(require '[clojure.edn :as edn] '[karamon.etag :as etag] '[karamon.s3 :as s3])

(set! *warn-on-reflection* true)

(let [[file rounds servers]   *command-line-args*
      {:keys [embedded scripted]} (edn/read-string servers)
      embedded                (s3/client embedded)
      scripted                (s3/client scripted)
      matches                 (fn [client key proof]
                                (let [verdict (s3/verify client file {:bucket "bench", :key key})]
                                  (when (not= [:match proof] ((juxt :result :proof) verdict))
                                    (throw (ex-info (str "Expected a match, found " verdict) {})))))
      ways                    [["hash" #(etag/etag file {:part-size (* 8 1024 1024)})]
                               ["embedded head" #(s3/head embedded "s3://bench/parts")]
                               ["embedded" #(matches embedded "parts" :multipart-etag)]
                               ["scripted head" #(s3/head scripted "s3://bench/parts")]
                               ["scripted" #(matches scripted "parts" :multipart-etag)]
                               ["crc" #(matches scripted "crc" :checksum)]]]
  ;; The vector lanes are ready a second or two after the first of these starts.
  (dotimes [_ 8]
    (doseq [[_ way] ways]
      (way)))
  (dotimes [i (parse-long rounds)]
    (doseq [[named way] (take (count ways) (drop (mod i (count ways)) (cycle ways)))
            :let [start (System/nanoTime)]]
      (way)
      (println named (/ (- (System/nanoTime) start) 1e9))))
  (flush))
(System/exit 0)
