;; Reads maps of :file, :threads and :layouts from standard input, one a line. Hashes each file, and prints a line of the CPU
;; seconds and wall seconds it took, and the MB of heap in use. For bench/etag.
(require '[clojure.edn :as edn] '[karamon.etag :as etag])
(import '(com.sun.management OperatingSystemMXBean) '(java.lang.management ManagementFactory))

(set! *warn-on-reflection* true)

(let [^OperatingSystemMXBean system (ManagementFactory/getOperatingSystemMXBean)
      memory (ManagementFactory/getMemoryMXBean)]
  (doseq [line (line-seq (java.io.BufferedReader. *in*))
          :let [{:keys [file threads layouts]} (edn/read-string line)
                cpu  (.getProcessCpuTime system)
                wall (System/nanoTime)]]
    (etag/etags file {:threads threads, :layouts layouts})
    (println (/ (- (.getProcessCpuTime system) cpu) 1e9) (/ (- (System/nanoTime) wall) 1e9)
             (/ (.getUsed (.getHeapMemoryUsage memory)) 1e6))
    (flush)))
(System/exit 0)
