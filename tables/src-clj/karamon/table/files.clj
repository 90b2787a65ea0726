(ns karamon.table.files
  "The files of a table's folder, and the changes between two snapshots, each drawn as a tree."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File)
   (java.nio.file Files LinkOption NoSuchFileException Path)))

(set! *warn-on-reflection* true)

(defn- attributes
  "Returns the size in bytes and the time of the last change of a file; nil when someone deleted it meanwhile."
  [^File file]
  (let [path (.toPath file)]
    (try
      {:size (Files/size path), :modified (.toMillis (Files/getLastModifiedTime path (make-array LinkOption 0)))}
      (catch NoSuchFileException _ nil))))

(defn- hidden?
  "Returns whether a file is one of Hadoop's checksum files."
  [^File file]
  (str/ends-with? (.getName file) ".crc"))

(defn snapshot
  "Returns a sorted map of the files under `folder`: their relative paths to `:size` (bytes) and `:modified` (milliseconds
  of the epoch). An empty folder has nil, and a path that ends with a /."
  [folder]
  (let [^Path root (.toPath (io/file folder))]
    (into (sorted-map)
          (for [^File file (file-seq (io/file folder))
                :let  [path  (str/replace (str (.relativize root (.toPath file))) "\\" "/")
                       found (if (.isDirectory file)
                               (when (and (seq path) (empty? (.list file))) [(str path "/") nil])
                               (when-not (hidden? file) (some->> (attributes file) (vector path))))]
                :when found]
            found))))

(defn size
  "Returns a number of bytes in readable form, such as \"1.2 KB\"."
  [n]
  (cond
    (< n 1000)    (str n " B")
    (< n 1000000) (format "%.1f KB" (/ n 1e3))
    :else         (format "%.1f MB" (/ n 1e6))))

(defn- nested [entries]
  (reduce (fn [tree [path note]] (assoc-in tree (str/split path #"/") (or note {}))) (sorted-map) entries))

(defn- lines [tree prefix]
  (mapcat (fn [[n below] last?]
            (cons (str prefix (if last? "└── " "├── ") n (when (and (string? below) (not= "" below)) (str "  " below)))
                  (when (map? below)
                    (lines (into (sorted-map) below) (str prefix (if last? "    " "│   "))))))
          tree
          (concat (repeat (dec (count tree)) false) [true])))

(defn drawing
  "Returns a drawing of a tree of paths, each with its note."
  [title entries]
  (str/join "\n" (cons title (lines (nested entries) ""))))

(defrecord Tree [title files]
  Object
  (toString [_]
    (drawing title (for [[path found] files] [path (some-> found :size size)]))))

(defrecord Diff [title added changed gone]
  Object
  (toString [_]
    (if (every? empty? [added changed gone])
      (str title "\n└── nothing changed")
      (drawing title (concat (for [[path found] added] [path (str "+ " (if found (size (:size found)) "empty folder"))])
                             (for [[path found] changed] [path (str "~ " (size (:size found)))])
                             (for [[path _] gone] [path "- gone"]))))))

(defmethod print-method Tree [tree ^java.io.Writer out]
  (.write out (str tree)))

(defmethod print-method Diff [diff ^java.io.Writer out]
  (.write out (str diff)))

(defn diff
  "Returns the difference between two trees."
  [before after]
  (let [[a b] (map :files [before after])
        pick  (fn [f m] (into (sorted-map) (filter f) m))]
    (->Diff (:title after)
      (pick (fn [[path _]] (not (contains? a path))) b)
      (pick (fn [[path found]] (and found (contains? a path) (not= found (a path)))) b)
      (pick (fn [[path _]]
              (not (or (contains? b path)
                       ;; An empty folder that got files isn't gone.
                       (and (str/ends-with? path "/") (some #(str/starts-with? % path) (keys b))))))
            a))))

(defn marked
  "Returns a drawing of the later of two trees that marks changes since the earlier with +, ~ and -."
  [before after]
  (let [{:keys [added changed gone]} (diff before after)]
    (drawing (:title after)
      (for [[path found] (merge (:files after) gone)]
        [path (str (cond (added path) "+ " (changed path) "~ " (gone path) "- ") (some-> found :size size))]))))
