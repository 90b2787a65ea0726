(ns karamon.table.files.browser
  "Writes the page with a table's files, and opens it in the browser."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.table :as table]
   [karamon.table.files.page :as page])
  (:import
   (java.io File IOException)
   (java.lang ProcessBuilder$Redirect)
   (java.nio.file Files)
   (java.nio.file.attribute FileAttribute)))

(set! *warn-on-reflection* true)

(defn write
  "Writes the page of a table to a file."
  [session table ^File file]
  (let [text (page/html (page/described session table))]
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
      (not (str/blank? BROWSER))                     [(first (str/split BROWSER #":"))]
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
  "Writes the page of a table to a new file for this user only, prints the file's path, and opens it in the browser if there is one."
  [session table]
  (let [folder (.toFile (Files/createTempDirectory "karamon-files" (make-array FileAttribute 0)))
        file   (io/file folder "files.html")]
    (write session table file)
    (println (str file))
    (open file)
    nil))
