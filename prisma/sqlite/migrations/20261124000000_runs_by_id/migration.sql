-- DropIndex
DROP INDEX "Run_createdAt_id_idx";
