(ns karamon.dev.manifests.files
  "Writes generated files that people may edit. The first line of each has a checksum of the rest, so that an edited file is known,
  and not overwritten."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (java.io File)
   (java.security MessageDigest)
   (java.util HexFormat)
   (karamon.file Draft)))

(set! *warn-on-reflection* true)

(defn- checksum
  "Returns a checksum of a text, whatever its line ends: Git may change these."
  [text]
  (let [bytes (.getBytes (str/replace text "\r\n" "\n") "UTF-8")]
    (subs (.formatHex (HexFormat/of) (.digest (MessageDigest/getInstance "SHA-256") bytes)) 0 16)))

(defn- headed [text]
  (str "# Written by karamon manifests; an edited file is kept. Checksum " (checksum text) "\n" text))

(defn- ours?
  "Returns true if a text is as it was written."
  [text]
  (let [[_ found body] (re-matches #"(?s)# Written by karamon manifests; .* ([0-9a-f]{16})\r?\n(.*)" text)]
    (and found (= found (checksum body)))))

(defn- save [^File file ^String text]
  (io/make-parents file)
  (with-open [draft (Draft/file (.toPath file))]
    (spit (.toFile (.path draft)) text)
    (.moveTo draft (.toPath file))))

(defn- outdated
  "Returns the files in `folders` that an earlier run wrote and that aren't among `files`."
  [^File root folders files]
  (for [folder folders
        ^File file (.listFiles (io/file root folder))
        :let  [path (str (when (seq folder) (str folder "/")) (.getName file))]
        :when (and (.isFile file) (re-find #"\.(ya?ml|env)$" path) (not (contains? files path)) (ours? (slurp file)))]
    file))

(defn write
  "Writes `files`, a map of path to text, below `root`, and deletes those in `folders` that an earlier run wrote and that aren't needed
  any more. Returns `{:written … :deleted …}`, numbers of files. Throws ex-info of `:type` `:karamon.dev.manifests.files/edited`, and
  writes nothing, if it would change a file that somebody else wrote or edited, unless `force?`."
  [^File root folders files force?]
  (let [texts   (update-vals files headed)
        changed (into (sorted-map)
                      (remove (fn [[path text]]
                                (let [file (io/file root path)]
                                  (and (.isFile file) (= text (str/replace (slurp file) "\r\n" "\n"))))))
                      texts)
        edited  (for [path (keys changed)
                      :let [file (io/file root path)]
                      :when (and (.exists file) (not (and (.isFile file) (ours? (slurp file)))))]
                  (str file))]
    (when (and (seq edited) (not force?))
      (throw (ex-info (str "Wrote nothing: somebody edited " (str/join ", " edited)
                           ". Move the changes to patches in an overlay of your own, or overwrite them with --force")
                      {:type ::edited, :files edited})))
    (let [outdated (vec (outdated root folders files))]
      (doseq [[path text] changed]
        (save (io/file root path) text))
      (run! #(.delete ^File %) outdated)
      {:written (count changed), :deleted (count outdated)})))
