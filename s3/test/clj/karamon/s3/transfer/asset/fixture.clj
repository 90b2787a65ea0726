(ns karamon.s3.transfer.asset.fixture
  "An asset of an object on the scripted server."
  (:require
   [clojure.string :as str]
   [karamon.s3 :as s3]
   [karamon.s3.scripted :as scripted]
   [karamon.test.temp :as temp])
  (:import
   (clojure.lang ExceptionInfo)
   (java.io Closeable File)))

(set! *warn-on-reflection* true)

(defn thrown
  "Returns the data of the exception that `f` throws; nil if it throws none."
  [f]
  (try
    (f)
    nil
    (catch ExceptionInfo e
      (ex-data e))))

(defn put!
  "Puts an object with the text as its content."
  [s3 object ^String text]
  (s3/put! s3 object (.getBytes text)))

(defn copies
  "Returns the files of copies and unfinished downloads in a folder, without the locks."
  [folder]
  (sort (for [^File file (file-seq folder) :when (and (.isFile file) (not (str/ends-with? (str file) ".use")))]
          (slurp file))))

(defn call-with-asset
  "Calls `f` with a map of a `:server`, a client `:s3`, an `:object`, a `:folder`, and `:asset`, a function of options."
  [f]
  (temp/call-with-folder
    (fn [folder]
      (with-open [server ^Closeable (scripted/start)
                  s3     ^Closeable (scripted/client server {:max-attempts 1})]
        (let [object {:bucket (scripted/bucket! server), :key "models/price/current"}
              made   (atom [])]
          (try
            (f {:server server, :s3 s3, :object object, :folder folder
                :asset  (fn [options]
                          (peek (swap! made conj (s3/asset (merge {:uri object, :client s3, :every 0, :folder folder, :on-failure (fn [_])}
                                                                  options)))))})
            (finally
              (doseq [^Closeable each @made] (.close each)))))))))
