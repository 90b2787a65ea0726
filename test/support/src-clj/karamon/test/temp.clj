(ns karamon.test.temp
  "Temporary folders of Clojure sources for tests, on the class path while a test runs."
  (:require
   [clojure.java.io :as io])
  (:import
   (clojure.lang DynamicClassLoader)
   (java.io File)
   (java.nio.file FileVisitOption Files)
   (java.nio.file.attribute FileAttribute)))

(set! *warn-on-reflection* true)

(def ^:private saves (atom 0))

(defn save
  "Writes a file under `folder`, with a unique time, so two saves in a millisecond differ."
  [^File folder path text]
  (let [file (io/file folder path)]
    (io/make-parents file)
    (spit file text)
    (.setLastModified file (+ (System/currentTimeMillis) (* 1000 (swap! saves inc))))))

(defn- delete
  "Deletes a folder with its content; not what a link in it names."
  [^File folder]
  (with-open [paths (Files/walk (.toPath folder) (make-array FileVisitOption 0))]
    (run! #(Files/delete %) (reverse (vec (iterator-seq (.iterator paths)))))))

(defn call-with-folder
  "Calls `f` with a new folder that is on the class path of this thread; deletes it afterwards."
  [f]
  (let [folder  (.toFile (Files/createTempDirectory "karamon" (make-array FileAttribute 0)))
        thread  (Thread/currentThread)
        parent  (.getContextClassLoader thread)
        loader  (doto (DynamicClassLoader. parent) (.addURL (.toURL (.toURI folder))))]
    (try
      (.setContextClassLoader thread loader)
      (with-bindings {clojure.lang.Compiler/LOADER loader}
        (f folder))
      (finally
        (.setContextClassLoader thread parent)
        (delete folder)))))
