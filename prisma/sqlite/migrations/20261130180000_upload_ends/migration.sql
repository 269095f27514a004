-- AlterTable
ALTER TABLE "Upload" ADD COLUMN "storedAt" DATETIME;
