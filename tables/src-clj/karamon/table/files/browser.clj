(ns karamon.table.files.browser
  "Writes the page with a table's files, and opens it in the browser."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.table :as table]
   [karamon.table.files.page :as page]
   [karamon.table.literal :as literal]
   [karamon.table.session :as session])
  (:import
   (java.io File IOException)
   (java.lang ProcessBuilder$Redirect)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)))

(set! *warn-on-reflection* true)

(defn- carbondata-parts
  "Returns the parts of a CarbonData table: its segments, with the status of each."
  [session table parts]
  (let [status (into {} (map (juxt #(str "Segment " (:ID %)) :Status)) (table/history session table))]
    (for [[title files] parts]
      {:title title, :files files, :current (contains? #{"Success" "Load Partial Success"} (status title))
       :note  ({"Success" "current", nil "not in the table's status"} (status title) (str/lower-case (str (status title))))})))

(defn- iceberg-parts
  "Returns the parts of an Iceberg table: its data files, each with its deletions."
  [parts path->fact]
  (for [[path files] parts
        :let [{:keys [rows]} (path->fact path)
              deleted (reduce + (keep #(when (:deletes (path->fact (:file %))) (:rows (path->fact (:file %)))) files))]]
    {:title path, :files files, :current (some? rows)
     :note  (if rows
              (str rows " row" (when-not (= 1 rows) "s") (when (pos? deleted) (str ", " deleted " deleted")))
              "of earlier snapshots")}))

(defn- relative
  "Returns the path of an Iceberg file below its table's folder."
  [folder location]
  (let [plain #(str/replace (str %) #"^file:/*|^/+" "")]
    (str/replace-first (plain location) (str (plain folder) "/") "")))

(defn- iceberg-facts
  "Returns a map of the paths of the current snapshot's files to `:rows`, and the path `:deletes` for one with deletions."
  [session table folder]
  (into {}
    (for [{:keys [content file_path record_count referenced_data_file]}
          (table/sql session ((session/function :iceberg :files) (literal/identifier table)))]
      [(relative folder file_path)
       (cond-> {:rows record_count}
         (not= 0 content) (assoc :deletes (or (some->> referenced_data_file (relative folder)) "several files")))])))

(defn described
  "Returns a table as `karamon.table.files.page/html` takes it."
  [{table-format :format :as session} table]
  (let [tree   (table/tree session table)
        files  (for [file (table/explain-files session table)]
                 (assoc file :modified (:modified (get-in tree [:files (:file file)]) 0)))
        facts  (if (= :iceberg table-format) (iceberg-facts session table (:title tree)) {})
        parts  (dissoc (group-by #(page/part table-format (fn [path _] (:deletes (facts path) path)) (:file %)) files) nil)
        parts  (if (= :iceberg table-format) (iceberg-parts parts facts) (carbondata-parts session table parts))]
    {:table  table
     :format ({:carbondata "Apache CarbonData", :iceberg "Apache Iceberg"} table-format)
     :folder (:title tree)
     :files  files
     :parts  (sort-by (fn [{:keys [current files]}] [(not current) (- (long (reduce + (keep :size files))))]) parts)}))

(defn write
  "Writes the page of a table to a file."
  [session table ^File file]
  (let [text (page/html (described session table))]
    (try
      (spit file text)
      (catch IOException e
        (throw (ex-info (str "Can't write the page: " (ex-message e)) {:type :karamon.table/no-page, :file (str file)}))))))

(defn opener
  "Returns the command that opens a page, a vector; nil without one. The environment is a map: BROWSER counts first; xdg-open
  needs a screen, since it would run a text browser on this terminal."
  [environment system-name]
  (let [{:strs [BROWSER DISPLAY WAYLAND_DISPLAY]} environment]
    (cond
      (not (str/blank? BROWSER))                     (vec (remove #{"%s"} (str/split (first (str/split BROWSER #":")) #" +")))
      (str/starts-with? system-name "Mac")           ["open"]
      (some not-empty [DISPLAY WAYLAND_DISPLAY])     ["xdg-open"])))

(defn- open
  "Opens a file with the usual program, if there is one."
  [^File file]
  (when-let [command (opener (System/getenv) (System/getProperty "os.name"))]
    (try
      (-> (ProcessBuilder. ^java.util.List (conj command (str (.toURI file))))
          (.redirectErrorStream true)
          (.redirectOutput ProcessBuilder$Redirect/DISCARD)
          (.start))
      (catch IOException _ nil))))

(defn show
  "Writes the page of a table to a new file for this user only, prints the file's path, and opens it in the browser if there is
  one."
  [session table]
  (let [folder (.toFile (Files/createTempDirectory "karamon-files" (make-array FileAttribute 0)))
        file   (io/file folder "files.html")]
    (write session table file)
    (println (str file))
    (open file)
    nil))
