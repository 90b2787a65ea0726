(ns karamon.table.s3-test
  "Tests against a real S3 server, S3Proxy. It runs in a separate process, since it can't share a class path with Spark."
  (:require
   [clojure.edn :as edn]
   [clojure.java.io :as io]
   [clojure.string :as str]
   [clojure.test :refer [deftest is testing]]
   [karamon.table :as table]
   [karamon.table.fixture :refer [error-of table-format]]
   [karamon.table.process :as process]
   [karamon.table.s3 :as s3])
  (:import
   (java.io File)
   (java.util.regex Pattern)))

(set! *warn-on-reflection* true)

(def ^:private server
  "Serves two buckets with the same objects until its standard input ends; prints its port."
  '(let [store (org.gaul.s3proxy.BlobStores/create "transient-nio2" (java.util.Properties.))
         proxy (-> (org.gaul.s3proxy.S3Proxy/builder)
                   (.blobStore store)
                   (.endpoint (java.net.URI/create "http://127.0.0.1:0"))
                   (.ignoreUnknownHeaders true)
                   (.awsAuthentication org.gaul.s3proxy.auth.AuthenticationType/AWS_V2_OR_V4 "local-identity" "local-credential")
                   (.build))]
     (doseq [bucket ["bucket" "second"]]
       (.createContainer store bucket)
       (doseq [[k text] {"people.csv"  "id,name,city,age\n1,anna,kyoto,31\n2,ben,osaka,27\n"
                         "people.json" "{\"id\":\"3\",\"name\":\"chie\",\"city\":\"kobe\",\"age\":35}\n"}]
         (.putBlob store
           (.build (doto (software.amazon.awssdk.services.s3.model.PutObjectRequest/builder)
                     (.bucket bucket) (.key k) (.contentLength (long (count text)))))
           (java.io.ByteArrayInputStream. (.getBytes text)))))
     (.start proxy)
     (println "port" (.getPort proxy))
     (flush)
     (read-line)
     (System/exit 0)))

(defn call-with-server
  "Calls `f` with the endpoint of a server."
  [f]
  (let [entries (str/split (slurp (System/getProperty "karamon.table.s3")) (Pattern/compile File/pathSeparator))
        process (process/start server {:flags ["-XX:TieredStopAtLevel=1" "-Xmx256m"], :class-path (map str/trim entries)})]
    (try
      (f (str "http://127.0.0.1:" (second (process/await-output process #"port (\d+)"))))
      (finally
        (process/end process)))))

(def credentials
  "The server's."
  {:access-key "local-identity", :secret-key "local-credential"})

(def ^:private json
  "INSERT INTO people SELECT id, name, city, CAST(age AS int) FROM json.`%s`")

(defn life
  "Prints the results of a session with `options`, after the command line and a session with wrong credentials have used the
  warehouse."
  [options]
  (let [endpoint (:endpoint (:s3 options))
        report   (fn [& found] (apply prn found) (flush))]
    (report :code ((requiring-resolve 'karamon.table.main/run)
                   ["sql" "SELECT name FROM csv.`s3a://second/people.csv` AS t(id, name, city, age) WHERE id = '2'"
                    "--s3-endpoint" endpoint "--warehouse" "w" "--format" (name table-format)]))
    (with-open [^java.io.Closeable wrong (table/session (assoc-in options [:s3 :secret-key] "not-this-one"))]
      (table/create-table wrong "people" [[:id :string] [:name :string] [:city :string] [:age :int]])
      (report :wrong-csv (error-of #(table/load-csv wrong "people" "s3a://bucket/people.csv")))
      (report :wrong-json (error-of #(table/sql wrong (format json "s3a://bucket/people.json")))))
    (with-open [^java.io.Closeable s (table/session options)]
      (table/load-csv s "people" "s3a://bucket/people.csv")
      (table/sql s (format json "s3a://bucket/people.json"))
      (report :people (table/sql s "SELECT * FROM people ORDER BY id"))
      (doseq [[what path] {:object "s3a://bucket/nobody", :bucket "s3a://nowhere/people", :server "s3a://gone/people"}
              [kind load] {:csv #(table/load-csv s "people" %), :json #(table/sql s (format json %))}]
        (report what kind (error-of #(load (str path "." (name kind))))))
      (report :people (table/sql s "SELECT * FROM people ORDER BY id"))
      (report :set (filter #(re-find #"secret|access\.key" (:key %)) (table/sql s "SET"))))))

(deftest files-on-s3-are-loaded
  (call-with-server
    (fn [endpoint]
      (let [{:keys [exit ^String text folder]}
            (process/finish
              (process/start
                `(do (require 'karamon.table.s3-test)
                     (karamon.table.s3-test/life
                       {:warehouse "w", :format ~table-format, :s3 ~(assoc credentials :endpoint endpoint)
                        :config {"spark.hadoop.fs.s3a.bucket.gone.endpoint" "http://127.0.0.1:1"}})
                     (shutdown-agents))
                {:environment {"AWS_ACCESS_KEY_ID" "local-identity", "AWS_SECRET_ACCESS_KEY" "local-credential"}
                 :flags       (conj (process/session-flags) (str "-Dkaramon.table.format=" (name table-format)))}))
            found  (for [line (str/split-lines text) :when (str/starts-with? line ":")] (edn/read-string (str "[" line "]")))
            people [{:id "1", :name "anna", :city "kyoto", :age 31} {:id "2", :name "ben", :city "osaka", :age 27}
                    {:id "3", :name "chie", :city "kobe", :age 35}]
            of     (fn [& what] (some #(when (= what (take (count what) %)) (drop (count what) %)) found))]
        (is (= 0 exit) text)
        (testing "with the environment's credentials"
          (is (str/includes? text "  name\n  ────\n  ben\n"))
          (is (= [0] (of :code))))
        (testing "with wrong credentials, which a later session doesn't see"
          (doseq [[what path] {:wrong-csv "s3a://bucket/people.csv", :wrong-json "s3a://bucket/people.json"}]
            (is (= [[:karamon.table/failed (str "S3 refuses " path ": the credentials are wrong, or don't allow it")]] (of what)))))
        (is (= [[:people people] [:people people]] (filter #(= :people (first %)) found)) "a failed statement loads nothing")
        (doseq [kind [:csv :json]
                [what pattern] {:object #"(?i).*(path|input file) does not exist: s3a://bucket/nobody\.(csv|json).*"
                                :bucket #"S3 refuses s3a://nowhere/people\.(csv|json): The specified bucket does not exist"
                                :server #"Can't reach S3 for s3a://gone/people\.(csv|json): .*127\.0\.0\.1:1 .*refused.*"}
                :let [[[type sentence]] (of what kind)]]
          (testing (str what kind)
            (is (= :karamon.table/failed type))
            (is (re-matches pattern (str sentence)))))
        (testing "the output has no secrets and no stack traces"
          (is (seq (first (of :set))))
          (is (not (re-find #"\tat |ERROR|local-credential|not-this-one" text)))
          (doseq [^File file (file-seq (io/file folder "w" ".karamon"))
                  :when (re-find #"\.(edn|txt|log)$" (.getName file))]
            (is (not (re-find #"local-credential|not-this-one" (slurp file))) (.getName file))))))))

(deftest wrong-options-are-errors
  (doseq [[options sentence]
          {{:endpont "x"}               "No option :endpont for :s3: there are :access-key, :endpoint, :path-style, :region, :secret-key, :session-token. Did you mean :endpoint?"
           {:endpoint "127.0.0.1:9000"} ":endpoint of :s3 must be an http or https URL without a path, such as \"http://127.0.0.1:9000\""
           {:access-key "a"}            ":access-key of :s3 needs :secret-key, which is missing: give both, or neither to use the SDK's usual credentials"
           {:secret-key "hush"}         ":secret-key of :s3 needs :access-key, which is missing: give both, or neither to use the SDK's usual credentials"
           {:session-token "hush"}      ":session-token of :s3 needs :access-key, which is missing: give both, or neither to use the SDK's usual credentials"
           {:region ""}                 ":region of :s3 must be text, found blank text"
           {:secret-key 'hush}          ":secret-key of :s3 must be text, found a clojure.lang.Symbol"
           {:path-style "yes"}          ":path-style of :s3 must be true or false, found a java.lang.String"
           "http://127.0.0.1:9000"      ":s3 must be a map, such as {:endpoint \"http://127.0.0.1:9000\"}, found a java.lang.String"}]
    (is (= [:karamon.table/bad-option sentence] (error-of #(table/session {:warehouse "x", :format table-format, :s3 options})))))
  (is (= [:karamon.table/bad-option
          ":warehouse must be a folder of this machine, found \"s3a://bucket/w\": its tables are on local disk; load files from S3 into them"]
         (error-of #(table/session {:warehouse "s3a://bucket/w", :format table-format}))))
  (is (not (.exists (io/file "s3a:")))))

(deftest options-become-settings-of-hadoop
  (let [settings #(update-keys (s3/configuration %) (fn [k] (subs k (count "spark.hadoop.fs.s3a."))))]
    (is (= {"aws.credentials.provider" "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider"
            "endpoint" "https://s3.example.com", "endpoint.region" "eu-central-1", "path.style.access" "false"
            "access.key" "a", "secret.key" "b", "session.token" "c"}
           (dissoc (settings {:endpoint "https://s3.example.com", :region "eu-central-1", :access-key "a", :secret-key "b"
                              :session-token "c", :path-style false})
             "attempts.maximum" "retry.limit" "connection.establish.timeout" "connection.timeout" "connection.request.timeout")))
    (is (= ["software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider" "false" nil]
           (map (settings nil) ["aws.credentials.provider" "path.style.access" "access.key"])))
    (is (= "true" (get (settings {:endpoint "http://127.0.0.1:9000"}) "path.style.access")))))
